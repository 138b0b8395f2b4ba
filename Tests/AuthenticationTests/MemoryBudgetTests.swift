import TestSupport
import Testing

@testable import Authentication

/// Simultaneous hashes within the memory limit that the service manager sets for the daemon.
struct MemoryBudgetTests {
    /// The process limit in KiB that leaves `room` KiB for hashes.
    private func limit(_ room: Int) -> Int {
        var limit = room + 192 * 1024
        while MemoryBudget.room(of: limit) < room { limit += 1 }
        return limit
    }

    @Test func oneAlwaysRuns() {
        let budget = MemoryBudget(processLimit: limit(1000))
        #expect(budget.take(5000))
        #expect(!budget.take(1))
        budget.give(5000)
        #expect(budget.take(600) && budget.take(400) && !budget.take(1))
        budget.give(400)
        #expect(!budget.take(401) && budget.take(400))
        #expect(MemoryBudget(processLimit: nil).take(.max / 2))
    }

    /// One GiB, less the program and its caches, and less a sixteenth for each of two event loops.
    @Test func roomOfGibibyte() {
        #expect(MemoryBudget.room(of: 1 << 20) == (1 << 20) - 192 * 1024 - 2 * 65_536)
        #expect(MemoryBudget.room(of: 1000) == 0)
    }

    @Test func settingsThatDoNotFit() throws {
        let configuration = try World("hash_workers = 8\nhash_memory_limit = 131072").configuration
        #expect(MemoryBudget.problem(configuration, processLimit: nil) == nil)
        #expect(MemoryBudget.problem(configuration, processLimit: limit(8 * 131_072)) == nil)
        let slow = try #require(MemoryBudget.problem(configuration, processLimit: limit(7 * 131_072)))
        #expect(
            slow.contains("hash_workers = 8 times hash_memory_limit = 131072 KiB")
                && slow.contains("wait for each other"))
        let deadly = try #require(MemoryBudget.problem(configuration, processLimit: limit(131_071)))
        #expect(deadly.contains("kills the daemon"))
    }
}
