import Authentication
import Credentials
import TestSupport
import Testing

/// A flood of guesses evicts nobody's budget within its window.
struct GuessFloodTests {
    private let victim = "alice@example.org"

    /// Rows of one rank, as a flood leaves them: one each from many networks.
    private func flood(_ world: World, rank: GuessRank, age: Int64) throws {
        let time = world.clock.now.seconds - age
        let name = rank == .noAccount ? "''" : "'user' || (value % 5000) || '@example.org'"
        let filled = try run([
            "sqlite3", world.configuration.database,
            """
            INSERT INTO guess (account, network, mac, kind, secrets, memory_limit, mapped, counted, rank, service, first,
                looked, last, count)
            SELECT \(name), CAST(printf('%08x', value) AS BLOB), CAST(printf('%016x', value) AS BLOB), 'wrong', 0, 0, 0, 1,
                \(rank.rawValue), 'imap', \(time), \(time), \(time), 1
            FROM generate_series(1, \(Store.mostGuesses(rank) + 1000))
            """,
        ])
        #expect(filled.status == 0, "\(filled)")
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
        // What is no account's goes, and what is older than the window.
        let count = try run([
            "sqlite3", world.configuration.database, "SELECT rows FROM guess_count WHERE rank = \(rank.rawValue)",
        ])
        let rows = try #require(Int(count.output.dropLast()))
        #expect(rank == .noAccount ? rows <= Store.mostGuesses(rank) + 1 : rows > Store.mostGuesses(rank))
        world.clock.advance(seconds: 3700)
        let after = GuessWindow(length: 3600, memory: 2_592_000, now: world.clock.now)
        for number in 0..<40 {
            _ = try world.store.recordGuess(
                World.guess(
                    "bob@example.org", [UInt8](repeating: UInt8(200), count: 15) + [UInt8(number)], rank: rank,
                    isLooked: true, window: after))
        }
        let left = try run([
            "sqlite3", world.configuration.database, "SELECT rows FROM guess_count WHERE rank = \(rank.rawValue)",
        ])
        #expect(try #require(Int(left.output.dropLast())) <= Store.mostGuesses(rank) + 1)
    }
}
