import ArgumentParser
import Authentication
import Bytes
import Credentials
import Glibc

struct HashTune: ParsableCommand {
    private struct View: ListEntry {
        static let headings = ["HASH_MEMORY", "HASH_PASSES", "MILLISECONDS", "STATE"]

        let memory: Int
        let passes: Int
        let milliseconds: Int
        let isConfigured: Bool
        let isProposed: Bool

        var cells: [String] {
            let state = [isConfigured ? "configured" : nil, isProposed ? "proposed" : nil].compactMap { $0 }
            return ["\(memory)", "\(passes)", "\(milliseconds)", state.joined(separator: ", ")]
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Measure slow hashes on this machine, and propose hash_memory and hash_passes.",
        discussion: """
            Proposes the most memory whose hash takes at most --time and that hash_memory_limit allows. More memory
            costs attackers more; every wrong password costs you one hash. Changes nothing.
            """)

    /// KiB, from OWASP's minimum for two passes up to the second recommendation of RFC 9106, section 4.
    private static let memories = [19_456, 32_768, 47_104, 65_536, 98_304, 131_072]

    @OptionGroup var global: GlobalOptions
    @Option(help: "Milliseconds that a hash may take.") var time = 100
    @OptionGroup var list: ListOptions

    func validate() throws {
        guard (10...5000).contains(time) else {
            throw ValidationError("--time \(time): must be between 10 and 5000 milliseconds.")
        }
    }

    func run() throws {
        let configuration = try Session.configuration(global)
        let now = (configuration.hashMemory, configuration.hashPasses)
        let candidates = Self.memories.filter { $0 <= configuration.hashMemoryLimit }.map { ($0, 2) }
        let measured = try (candidates.contains { $0 == now } ? candidates : [now] + candidates).map {
            ($0.0, $0.1, try Self.measure(memory: $0.0, passes: $0.1))
        }
        let best = measured.filter { $0.2 <= time }.map { ($0.0, $0.1) }.max { $0 < $1 }
        let views = measured.map { memory, passes, milliseconds in
            View(
                memory: memory, passes: passes, milliseconds: milliseconds,
                isConfigured: (memory, passes) == now, isProposed: best.map { (memory, passes) == $0 } ?? false)
        }
        try list.print(views)
    }

    /// Returns the milliseconds of the fastest of three hashes: other work on the machine only makes them slower.
    private static func measure(memory: Int, passes: Int) throws(CommandFailure) -> Int {
        var best = Int.max
        for _ in 0..<3 {
            var start = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &start)
            do throws(HashError) {
                _ = try PasswordHash.make(
                    Secret(Array("measured".utf8)), memory: UInt32(memory), passes: UInt32(passes))
            } catch {
                throw CommandFailure(.hash(error))
            }
            var end = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &end)
            best = min(best, (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1_000_000)
        }
        return best
    }
}
