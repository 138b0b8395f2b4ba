import Credentials
import Glibc
import NIOCore

/// A store that stays open: one in a file as long as its path leads to the file that was opened. For one thread at a time.
final class ReopeningStore: SignInReader {
    /// Maximum size of the page cache in KiB. SQLite allocates it page by page, as the database needs it.
    private static let pageCache = 16_384

    /// Interval between checks of the file at the path; thousands of attempts share one check.
    private static let lookInterval = TimeAmount.milliseconds(5)
    /// Interval between attempts to connect to a server that cannot be asked. Attempts in between are answered at once.
    private static let connectInterval = TimeAmount.milliseconds(250)

    private struct File: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private let location: StoreLocation
    private let keys: Keys
    /// On a server there is no file.
    private var opened: (store: Store, file: File?)?
    /// The store if it is open.
    var open: Store? { opened?.store }
    private var nextLook = NIODeadline.now()
    /// Why the store could not be opened: the answer to all until the next check. The time until then is as long as the
    /// failed opening took, which can be seconds.
    private var failure: StoreError?
    /// How often the store was opened.
    private var openings = 0
    private var watch = VersionWatch()
    /// The store whose read transaction lasts from the first `find` to `endFinding`.
    private var finding: Store?
    /// False from a `find` that failed or met a newer version, until `endFinding`: later ones would have no answer
    /// either.
    private var mayFind = true

    init(_ location: StoreLocation, keys: Keys) {
        self.location = location
        self.keys = keys
    }

    /// The store. It is reopened after an error, when its path leads to another file, and at each use while it is
    /// immutable, because a store that was opened on a full or read-only disk does not see later changes.
    private func current() throws(StoreError) -> Store {
        let now = NIODeadline.now()
        if now < nextLook {
            if let failure { throw failure }
            if let open = opened, !open.store.isImmutable { return open.store }
        }
        failure = nil
        nextLook = now + Self.lookInterval
        let file = fileAtPath()
        if let open = opened, open.file == file, !open.store.isImmutable { return open.store }
        opened = nil
        do throws(StoreError) {
            let store = try Store(location, keys: keys)
            // Answers are computed with the keys that this process started with.
            guard store.usesExactly(keys) else { throw .otherKey }
            try store.setPageCache(kibibytes: Self.pageCache)
            openings += 1
            if file != nil || location.path == nil { opened = (store, file) }
            return store
        } catch {
            failure = error
            let end = NIODeadline.now()
            let interval = location.path == nil ? Self.connectInterval : Self.lookInterval
            nextLook = end + max(interval, end - now)
            throw error
        }
    }

    func use<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        do throws(StoreError) { return try body(try current()) } catch {
            note(error)
            throw error
        }
    }

    /// Releases the store after an error that may lie in the connection; the next use reopens it.
    private func note(_ error: StoreError) {
        switch error {
        // The connection can still be used.
        case .locked, .full, .busy, .late, .secret, .abandoned, .sessionEnded, .server: break
        // A server that takes no writes has become a standby.
        case .readOnly: if location.path == nil { opened = nil }
        case .missing, .unreadable, .noUser, .notPostern, .newerSchema, .olderSchema, .otherKey, .corrupt, .engine,
            .unreachable, .needsDaemon:
            opened = nil
        }
    }

    /// Releases the store, which closes with its last reference.
    func close() { opened = nil }

    private func fileAtPath() -> File? {
        guard let path = location.path else { return nil }
        var status = stat()
        return unsafe stat(path, &status) == 0 ? File(device: status.st_dev, inode: status.st_ino) : nil
    }

    // MARK: SignInReader, answered before the call returns

    var version: Int? { try? use { store throws(StoreError) in watch.version(of: store, opening: openings) } }

    func find(_ verifier: AppPasswordVerifier, of account: AccountName) -> (AccountState, AppPassword)? {
        guard mayFind else { return nil }
        mayFind = false
        return try? use { store throws(StoreError) in
            if finding == nil {
                try store.beginReading()
                finding = store
            }
            let found = try store.accountAndAppPassword(verifier, of: account)
            guard watch.holds(for: store, opening: openings) else { return nil }
            mayFind = true
            return found
        }
    }

    func endFinding() {
        finding?.endReading()
        finding = nil
        mayFind = true
    }

    func answer(_ questions: [FirstQuestion], then: @escaping ([Result<FirstAnswer, StoreError>]) -> Void) {
        then(answers(questions.count) { store throws(StoreError) in try store.answer(questions) })
    }

    func answer(_ questions: [SecondQuestion], then: @escaping ([Result<SecondAnswer, StoreError>]) -> Void) {
        then(answers(questions.count) { store throws(StoreError) in try store.answer(questions) })
    }

    func look(_ lookUps: [LookUp], then: @escaping () -> Void) {
        Self.deliver(answers(lookUps), to: lookUps)
        then()
    }

    /// For each look-up, a closure that delivers its answer, or the error.
    func answers(_ lookUps: [LookUp]) -> [Result<() -> Void, StoreError>] {
        answers(lookUps.count) { store throws(StoreError) in try store.answer(lookUps) }
    }

    static func deliver(_ answers: [Result<() -> Void, StoreError>], to lookUps: [LookUp]) {
        for (lookUp, answer) in zip(lookUps, answers) {
            switch answer {
            case .success(let give): give()
            case .failure(let error): lookUp.fail(error)
            }
        }
    }

    /// The answers, always `count` of them: if the store fails, each is its error.
    private func answers<Answer>(
        _ count: Int, _ ask: (Store) throws(StoreError) -> [Result<Answer, StoreError>]
    ) -> [Result<Answer, StoreError>] {
        do throws(StoreError) {
            let answers = try use(ask)
            for case .failure(let error) in answers { note(error) }
            return answers
        } catch {
            return Array(repeating: .failure(error), count: count)
        }
    }
}
