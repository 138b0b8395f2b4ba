import Credentials
import Glibc
import Synchronization

/// The memory that slow hashes may use at once, out of what the service manager gives this process (`MemoryMax`). A
/// hash that would not fit waits for others to end; a single one always runs.
package final class MemoryBudget: Sendable {
    /// KiB for everything else: 80 MiB for 10,000 connections, three page caches of 16 MiB, and the program. Cached
    /// grants come on top.
    private static let reserve = 192 * 1024

    /// One event loop may cache grants in one sixteenth of the memory, but in no more than half a GiB.
    private static let partForGrants = 16
    private static let maxForGrants = 512 * 1024
    /// Event loops. More of them would only contend for what answers wait for: the store and the log.
    package static let loops = 2

    /// KiB for slow hashes; nil: not limited.
    private let limit: Int?
    private let used = Mutex(0)

    /// - Parameter limit: KiB of the process; nil: not limited.
    package init(processLimit limit: Int?) { self.limit = limit.map(Self.room) }

    /// Takes memory for a hash, in KiB; false if there is no room now.
    package func take(_ kibibytes: Int) -> Bool {
        used.withLock { used in
            if let limit, used > 0, used + kibibytes > limit { return false }
            used += kibibytes
            return true
        }
    }

    /// Gives back memory that `take` took, in KiB.
    package func give(_ kibibytes: Int) { used.withLock { $0 -= kibibytes } }

    /// KiB that slow hashes may use in a process with this limit.
    static func room(of limit: Int) -> Int {
        max(0, limit - reserve - loops * knownGrants(processLimit: limit))
    }

    /// KiB in which one event loop may cache grants.
    package static func knownGrants(processLimit limit: Int? = processLimit()) -> Int {
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) / 1024 * sysconf(Int32(_SC_PAGESIZE))
        return min(maxForGrants, min(limit ?? machine, machine) / partForGrants)
    }

    /// KiB that this process may use, by the limits of its control group and of those above it (cgroup v2,
    /// `memory.max`); nil: not limited, or not known.
    package static func processLimit() -> Int? {
        guard let line = read("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else {
            return nil
        }
        var limits: [Int] = []
        var group = String(line.dropFirst(3))
        while group.count > 1 {
            let text = read("/sys/fs/cgroup\(group)/memory.max") ?? ""
            if let bytes = Int(text.filter { $0 != "\n" }) { limits.append(bytes / 1024) }
            group = directory(of: group)
        }
        return limits.min()
    }

    private static func read(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return readAll(file, limit: 4096).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What is wrong with the settings under a limit; nil if nothing is.
    ///
    /// - Parameter limit: KiB of the daemon; nil: not limited.
    package static func problem(_ configuration: Configuration, processLimit limit: Int?) -> String? {
        guard let limit else { return nil }
        let wanted = configuration.hashWorkers * configuration.hashMemoryLimit
        let room = room(of: limit)
        guard wanted > room else { return nil }
        return
            "hash_workers = \(configuration.hashWorkers) times hash_memory_limit = \(configuration.hashMemoryLimit) KiB is "
            + "more than the unit's MemoryMax leaves for hashes (\(room) KiB)"
            + (configuration.hashMemoryLimit > room
                ? ": a single hash of that size kills the daemon; raise MemoryMax, or lower hash_memory_limit"
                : ": large ones wait for each other; raise MemoryMax if that is too slow")
    }
}
