import Credentials
import Glibc
import NIOCore

/// A store that stays open for as long as the file at its path is the one that was opened. For one thread at a time.
final class KeptStore {
    /// KiB. SQLite takes it page by page, as the database needs it.
    private static let pageCache = 65_536

    /// Between looks at what the path leads to: thousands of attempts share one.
    private static let lookInterval = TimeAmount.milliseconds(5)

    private struct File: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private let path: String
    private let keys: Keys
    private var open: (store: Store, file: File)?
    private var nextLook = NIODeadline.now()
    /// Why it could not be opened; whoever comes until the next look gets the same answer. That is as far off as trying took, which can be seconds.
    private var failure: StoreError?
    /// Times that it was opened.
    private(set) var openings = 0

    init(path: String, keys: Keys) {
        self.path = path
        self.keys = keys
    }

    /// The store; opened anew when another file has its name, after damage, and as long as the disk is full: what was
    /// opened then does not see that it no longer is.
    func current() throws(StoreError) -> Store {
        let now = NIODeadline.now()
        if now < nextLook {
            if let failure { throw failure }
            if let open, !open.store.isImmutable { return open.store }
        }
        failure = nil
        nextLook = now + Self.lookInterval
        let file = fileAtPath()
        if let open, open.file == file, !open.store.isImmutable { return open.store }
        open = nil
        do throws(StoreError) {
            let store = try Store(path: path, keys: keys)
            // Answers are made under the keys that this process began with.
            guard store.isKept(under: keys) else { throw .otherKey }
            try store.setPageCache(kibibytes: Self.pageCache)
            openings += 1
            if let file { open = (store, file) }
            return store
        } catch {
            failure = error
            let end = NIODeadline.now()
            nextLook = end + max(Self.lookInterval, end - now)
            throw error
        }
    }

    /// After an error: whether the next use has to open it anew.
    func note(_ error: StoreError) {
        switch error {
        // They pass, and the connection is as good as before.
        case .locked, .full, .readOnly, .busy: break
        case .missing, .unreadable, .noUser, .notPostern, .newerSchema, .otherKey, .corrupt, .engine, .failed:
            open = nil
        }
    }

    /// The last use of this store closes it.
    func close() { open = nil }

    private func fileAtPath() -> File? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? File(device: status.st_dev, inode: status.st_ino) : nil
    }
}
