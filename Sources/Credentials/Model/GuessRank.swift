/// How much a guess is worth remembering. Each rank has a limit of its own (`Store.maxGuesses`).
package enum GuessRank: Int64, Sendable {
    case noAccount = 0
    case newNetwork = 1
    case knownNetwork = 2
}
