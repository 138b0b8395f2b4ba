import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// A repeated attempt reveals nothing. From a network new to the account, a wrong secret and the right but refused main
/// password cost the same hashes and the same budget, whether or not the process remembers the first attempt.
struct RepeatTests {
    private enum Memory: CaseIterable { case kept, lost }

    private func costs(_ secret: String, _ memory: Memory, times: Int) throws -> (hashes: [Int], guesses: Int) {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        var hashes: [Int] = []
        for _ in 0..<times {
            // Without memory, as in a program for one attempt or a restarted daemon.
            let authenticator =
                memory == .kept
                ? world.authenticator
                : Authenticator(
                    store: world.store, keys: world.keys, configuration: world.configuration,
                    log: world.collector.log(), clock: { [clock = world.clock] in clock.now })
            let before = authenticator.judge.hasher.performed
            _ = authenticator.decide(world.attempt(account.text, secret, from: "203.0.113.9"))
            hashes.append(authenticator.judge.hasher.performed - before)
            world.clock.advance(seconds: 1)
        }
        let window = authenticatorWindow(world)
        let tally = try world.store.guesses(
            account: account.text, network: Network(of: IPAddress("203.0.113.9")), window)
        return (hashes, tally?.count ?? 0)
    }

    private func authenticatorWindow(_ world: World) -> GuessWindow {
        world.authenticator.judge.throttling.window(at: world.clock.now)
    }

    @Test func wrongAndRefusedCostTheSame() throws {
        for (memory, hashes) in [(Memory.kept, [1, 0, 0, 0, 0]), (.lost, [1, 1, 1, 1, 1])] {
            let wrong = try costs("wrong", memory, times: 5)
            let refused = try costs("main secret", memory, times: 5)
            #expect(wrong.hashes == hashes && refused.hashes == hashes, "\(memory): \(wrong) \(refused)")
            #expect(wrong.guesses == 1 && refused.guesses == 1, "\(memory): \(wrong) \(refused)")
        }
    }

    /// Each other spelling of the right password counts, as a spelling of a wrong one does.
    @Test func spellingsCount() throws {
        let world = try World()
        let account = try world.addAccount(password: "right main secret")
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        let spaces = ["\u{a0}", "\u{2002}", "\u{2003}", "\u{2004}", "\u{2005}", "\u{2006}"]
        for (words, network) in [
            (["right", "main", "secret"], "203.0.113.9"), (["wrong", "main", "secret"], "203.0.113.10"),
        ] {
            for space in spaces {
                _ = world.authenticator.decide(
                    world.attempt(account.text, words.joined(separator: space), from: network))
            }
            let tally = try world.store.guesses(
                account: account.text, network: Network(of: IPAddress(network)), authenticatorWindow(world))
            #expect(tally?.count == spaces.count, "\(words)")
        }
    }

    /// The database stores no MAC of a right secret.
    @Test func noMACOfARightSecret() throws {
        let world = try World()
        let account = try world.addAccount()
        _ = try world.store.setExternalSecondFactor(true, account: account, change: world.change())
        _ = world.authenticator.decide(world.attempt(account.text, "main secret", from: "203.0.113.9"))
        let network = Network(of: IPAddress("203.0.113.9"))
        let mac = Array(
            world.keys.guess.mac(account: account.text, secret: Secret(Array("main secret".utf8))).prefix(16))
        #expect(
            try world.store.knownGuess(
                account: account.text, network: network, mac: mac, window: authenticatorWindow(world)) == nil)
        #expect(
            try world.store.guesses(account: account.text, network: network, authenticatorWindow(world))?.count == 1)
    }
}
