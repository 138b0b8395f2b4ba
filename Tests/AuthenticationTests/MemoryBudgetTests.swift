import Authentication
import TestSupport
import Testing

/// Hashes at once, within what the service manager gives the daemon.
struct MemoryBudgetTests {
    private let reserve = MemoryBudget.reserve

    @Test func oneAlwaysRuns() {
        let budget = MemoryBudget(processLimit: reserve + 1000)
        #expect(budget.take(5000))
        #expect(!budget.take(1))
        budget.give(5000)
        #expect(budget.take(600) && budget.take(400) && !budget.take(1))
        budget.give(400)
        #expect(!budget.take(401) && budget.take(400))
        #expect(MemoryBudget(processLimit: nil).take(.max / 2))
    }

    @Test func settingsThatDoNotFit() throws {
        let configuration = try World("hash_workers = 8\nhash_memory_limit = 131072").configuration
        #expect(MemoryBudget.problem(configuration, processLimit: nil) == nil)
        #expect(MemoryBudget.problem(configuration, processLimit: reserve + 8 * 131_072) == nil)
        let slow = try #require(MemoryBudget.problem(configuration, processLimit: reserve + 7 * 131_072))
        #expect(
            slow.contains("hash_workers = 8 times hash_memory_limit = 131072 KiB")
                && slow.contains("wait for each other"))
        let deadly = try #require(MemoryBudget.problem(configuration, processLimit: reserve + 131_071))
        #expect(deadly.contains("ends the daemon"))
    }
}
