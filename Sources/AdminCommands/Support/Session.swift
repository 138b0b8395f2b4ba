import Administration
import Authentication
import Credentials
import Glibc

/// The opened installation that a command works on. Opening it turns root into user `postern`, so whatever only root
/// may read, write or run must be done before.
struct Session {
    let admin: Administrator
    var configuration: Configuration { admin.configuration }
    var store: Store { admin.store }
    var keys: Keys { admin.keys }

    init(_ options: GlobalOptions) throws(CommandFailure) {
        let configuration = try Self.configuration(options)
        let keys = try Self.keys(configuration)
        do throws(StoreError) {
            // Read before the rights of root are given up.
            let actor = Self.actor
            try Privileges.drop(toOpen: configuration.store.name)
            admin = Administrator(
                store: try Store(configuration.store, keys: keys), configuration: configuration, actor: actor)
        } catch {
            throw CommandFailure(.store(error))
        }
    }

    static func configuration(_ options: GlobalOptions) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) { return try ConfigurationFile.load(path: options.configurationFile) } catch {
            throw CommandFailure(.configuration(error))
        }
    }

    static func keys(_ configuration: Configuration) throws(CommandFailure) -> Keys {
        do throws(KeyFileError) { return try KeyFile.load(path: configuration.keyFile) } catch {
            throw CommandFailure(.keyFile(error))
        }
    }

    /// The operating-system user, and for root the user who called sudo.
    private static var actor: String {
        let uid = getuid()
        let name = unsafe getpwuid(uid).flatMap { unsafe $0.pointee.pw_name }.map { unsafe String(cString: $0) }
        let own = name ?? "uid \(uid)"
        guard uid == 0, let caller = unsafe getenv("SUDO_USER") else { return own }
        return "\(own) (sudo from \(LogText.encode(unsafe String(cString: caller))))"
    }
}
