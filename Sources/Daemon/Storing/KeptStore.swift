import Credentials
import Glibc
import NIOCore

/// A store on this machine that stays open for as long as the file at its path is the one that was opened. For one thread at a time.
final class KeptStore: SignInReader {
    /// KiB. SQLite takes it page by page, as the database needs it.
    private static let pageCache = 16_384

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
    private var openings = 0
    private var watch = VersionWatch()
    /// The store whose read transaction lasts from the first `find` to `endFinding`.
    private var finding: Store?
    /// False from a `find` that had no answer, until `endFinding`: what else was asked with it would have none either.
    private var mayFind = true

    init(path: String, keys: Keys) {
        self.path = path
        self.keys = keys
    }

    /// The store; opened anew when another file has its name, after damage, and as long as the disk is full: what was
    /// opened then does not see that it no longer is.
    private func current() throws(StoreError) -> Store {
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

    func use<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R {
        do throws(StoreError) { return try body(try current()) } catch {
            note(error)
            throw error
        }
    }

    /// After an error: whether the next use has to open it anew.
    private func note(_ error: StoreError) {
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

    // MARK: What attempts ask, answered at once

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
        let answers = answers(lookUps.count) { store throws(StoreError) in try store.answer(lookUps) }
        for (lookUp, answer) in zip(lookUps, answers) {
            switch answer {
            case .success(let give): give()
            case .failure(let error): lookUp.fail(error)
            }
        }
        then()
    }

    /// As many as were asked for, whatever happens.
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
