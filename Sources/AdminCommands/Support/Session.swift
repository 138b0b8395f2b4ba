import Authentication
import Credentials
import Glibc

/// An open store with what a command needs around it. From then on a command of root's is user `postern`: what only root may read,
/// write or run comes before.
struct Session {
    let configuration: Configuration
    let store: Store
    var keys: Keys { store.keys }

    init(_ options: GlobalOptions) throws(CommandFailure) {
        configuration = try Self.configuration(options)
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            throw CommandFailure(.keyFile(error))
        }
        do throws(StoreError) {
            // Who asked, while it can be told.
            _ = Self.actor
            try Privileges.drop(toOpen: configuration.database)
            store = try Store(path: configuration.database, keys: keys)
        } catch {
            throw CommandFailure(.store(error))
        }
    }

    static func configuration(_ options: GlobalOptions) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) { return try ConfigurationFile.load(path: options.configurationFile) } catch {
            throw CommandFailure(.configuration(error))
        }
    }

    /// Runs what may fail for the store's sake.
    func storing<R>(_ body: (Store) throws(StoreError) -> R) throws(CommandFailure) -> R {
        do throws(StoreError) { return try body(store) } catch { throw CommandFailure(.store(error)) }
    }

    /// The account, or the failure that says there is none.
    func account(_ text: String) throws(CommandFailure) -> AccountState {
        let name = try Self.name(text, configuration)
        guard let account = try storing({ (store) throws(StoreError) in try store.account(name) }) else {
            throw .noAccount(name)
        }
        return account
    }

    /// What guesses and changes at a name stand under: the account's name as it is stored, if there is one.
    func recordedName(_ text: String) throws(CommandFailure) -> String {
        let name = try Self.name(text, configuration)
        return try storing { (store) throws(StoreError) in try store.account(name)?.name.text ?? name.text }
    }

    /// Changes an account that must be there.
    func change(
        _ name: AccountName, _ action: String, _ detail: String = "",
        _ body: (Store, Change) throws(StoreError) -> Bool
    ) throws(CommandFailure) {
        let change = self.change(subject: name.text, action, detail)
        guard try storing({ (store) throws(StoreError) in try body(store, change) }) else { throw .noAccount(name) }
    }

    func change(subject: String, _ action: String, _ detail: String = "") -> Change {
        Change(at: .now(), actor: Self.actor, subject: subject, action: action, detail: detail)
    }

    static func name(_ text: String, _ configuration: Configuration) throws(CommandFailure) -> AccountName {
        guard let name = AccountName(text, defaultDomain: configuration.defaultDomain) else {
            throw CommandFailure(
                .badInput,
                "\(Printable.text(text)) is not a user name: one address, without spaces, "
                    + "commas, brackets or control characters, up to \(AccountName.longestName) octets")
        }
        return name
    }

    /// The operating-system user, and who called sudo.
    private static let actor: String = {
        let uid = getuid()
        let name = unsafe getpwuid(uid).flatMap { unsafe $0.pointee.pw_name }.map { unsafe String(cString: $0) }
        let own = name ?? "uid \(uid)"
        guard uid == 0, let caller = unsafe getenv("SUDO_USER") else { return own }
        return "\(own) (sudo from \(LogText.encode(unsafe String(cString: caller))))"
    }()
}
