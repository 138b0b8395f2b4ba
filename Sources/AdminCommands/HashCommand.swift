import ArgumentParser
import Authentication
import Bytes
import Credentials
import Glibc

struct HashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "How main passwords are hashed.", subcommands: [Tune.self])
    @OptionGroup var global: GlobalOptions

    struct Tune: ParsableCommand {
        private struct View: Encodable {
            let memory: Int
            let passes: Int
            let milliseconds: Int
            let isConfigured: Bool
            let isProposed: Bool
        }

        static let configuration = CommandConfiguration(
            abstract: "Measure slow hashes on this machine, and propose hash_memory and hash_passes.",
            discussion: """
                Proposes the most memory whose hash takes no longer than --time and that hash_memory_limit allows. More memory
                costs attackers more; every wrong password costs you one. Changes nothing.
                """)

        /// KiB: from OWASP's least with two passes up to what RFC 9106, section 4, recommends second.
        private static let memories = [19_456, 32_768, 47_104, 65_536, 98_304, 131_072]

        @OptionGroup var global: GlobalOptions
        @Option(help: "How long a hash may take, in milliseconds.") var time = 100
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (10...5000).contains(time) else { throw ValidationError("--time is 10 to 5000 milliseconds.") }
        }

        func run() throws {
            let configuration = try Session.configuration(global)
            let now = (configuration.hashMemory, configuration.hashPasses)
            let candidates = Self.memories.filter { $0 <= configuration.hashMemoryLimit }.map { ($0, 2) }
            let measured = try (candidates.contains { $0 == now } ? candidates : [now] + candidates).map {
                ($0.0, $0.1, try Self.milliseconds(memory: $0.0, passes: $0.1))
            }
            let best = measured.filter { $0.2 <= time }.map { ($0.0, $0.1) }.max { $0 < $1 }
            let views = measured.map { memory, passes, milliseconds in
                View(
                    memory: memory, passes: passes, milliseconds: milliseconds,
                    isConfigured: (memory, passes) == now, isProposed: best.map { (memory, passes) == $0 } ?? false)
            }
            if json { return try Output.json(views) }
            Output.table(
                ["HASH_MEMORY", "HASH_PASSES", "MILLISECONDS", ""],
                views.map {
                    [
                        "\($0.memory)", "\($0.passes)", "\($0.milliseconds)",
                        [$0.isConfigured ? "configured" : nil, $0.isProposed ? "proposed" : nil].compactMap { $0 }
                            .joined(separator: ", "),
                    ]
                })
        }

        /// The best of three: what disturbs makes it longer only.
        private static func milliseconds(memory: Int, passes: Int) throws(CommandFailure) -> Int {
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
}
