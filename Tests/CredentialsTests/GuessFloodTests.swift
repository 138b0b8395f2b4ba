import Authentication
import Credentials
import TestSupport
import Testing

/// A flood of guesses evicts nobody's budget within its window.
struct GuessFloodTests {
    private let victim = "alice@example.org"

    /// Inserts the rows of one rank that a flood leaves: one from each of many networks.
    private func flood(_ world: World, rank: GuessRank, age: Int64) throws {
        try world.stored.flood(
            rank, count: Store.maxGuesses(rank) + 1000, at: world.clock.now.adding(seconds: -age))
    }

    private func victimsGuesses(_ world: World, _ window: GuessWindow) throws -> Int {
        try world.store.guesses(account: victim, limit: 100, window)?.count ?? 0
    }

    @Test(arguments: [GuessRank.noAccount, .newNetwork])
    func budgetsStay(_ rank: GuessRank) throws {
        let world = try World()
        try world.addAccount(victim)
        let window = GuessWindow(length: 3600, memory: 2_592_000, now: world.clock.now)
        for number in 0..<20 {
            _ = try world.store.recordGuess(
                World.guess(victim, [UInt8](repeating: UInt8(number), count: 16), isLooked: true, window: window))
        }
        // All of them later than the victim's rows, and within the window.
        world.clock.advance(seconds: 100)
        try flood(world, rank: rank, age: 10)
        let later = GuessWindow(length: 3600, memory: 2_592_000, now: world.clock.now)
        for number in 0..<40 {
            _ = try world.store.recordGuess(
                World.guess(
                    rank == .noAccount ? "" : "bob@example.org", [UInt8](repeating: UInt8(100 + number), count: 16),
                    rank: rank, isLooked: true, window: later))
        }
        #expect(try victimsGuesses(world, later) == 20)
        // Rows without an account are deleted, and rows that are older than the window.
        let count = try world.stored.talliedGuesses(rank)
        #expect(rank == .noAccount ? count <= Store.maxGuesses(rank) + 1 : count > Store.maxGuesses(rank))
        world.clock.advance(seconds: 3700)
        let after = GuessWindow(length: 3600, memory: 2_592_000, now: world.clock.now)
        for number in 0..<40 {
            _ = try world.store.recordGuess(
                World.guess(
                    "bob@example.org", [UInt8](repeating: UInt8(200), count: 15) + [UInt8(number)], rank: rank,
                    isLooked: true, window: after))
        }
        #expect(try world.stored.talliedGuesses(rank) <= Store.maxGuesses(rank) + 1)
    }
}
