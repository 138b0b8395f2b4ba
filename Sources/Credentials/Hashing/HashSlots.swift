import Glibc

/// Limits how many slow hashes run at once across all processes: each holds one of a few lock files beside the
/// database.
package struct HashSlots: Sendable {
    /// Milliseconds that a process waits for a slot before it gives up. At 20 ms per hash, two hundred can wait.
    package static let maxWait = 4000
    private static let pause = 10

    private let directory: String?
    private let count: Int

    /// Makes the slots of a database.
    ///
    /// - Parameters:
    ///   - directory: The directory of the database; nil: it is on a server. Then no program that starts once a sign-in
    ///     computes hashes, and there is no limit.
    ///   - count: The setting `hash_workers`.
    package init(directory: String?, count: Int) {
        self.directory = directory
        self.count = count
    }

    /// Runs `body` in a slot, which is also freed if the process ends; nil if no slot became free in time.
    ///
    /// - Throws: What `body` throws.
    package func withSlot<R, E>(_ body: () throws(E) -> R) throws(E) -> R? {
        guard let directory else { return try body() }
        guard let descriptor = take(directory) else { return nil }
        defer { close(descriptor) }
        return try body()
    }

    private func take(_ directory: String) -> Int32? {
        var waited = 0
        var next = Int(getpid()) % count
        while true {
            for _ in 0..<count {
                let file = open(slot: next, directory)
                if file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 { return file }
                if file >= 0 { close(file) }
                next = (next + 1) % count
            }
            guard waited < Self.maxWait else { return nil }
            usleep(UInt32(Self.pause * 1000))
            waited += Self.pause
        }
    }

    private func open(slot: Int, _ directory: String) -> Int32 {
        let path = "\(directory)/hash-slot.\(slot)"
        var file = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if file < 0, errno == ENOENT {
            file = unsafe Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o660)
            // The umask of the process that creates the file must not exclude the others.
            if file >= 0 { _ = fchmod(file, 0o660) }
        }
        // On a full or read-only disk the directory of the database is locked instead: one slot for all.
        return file >= 0 ? file : unsafe Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
}
