import Bytes
package import Authentication
package import Credentials
import Foundation
import Synchronization

/// A clock that tests set.
package final class TestClock: Sendable {
    private let time = Mutex(Timestamp(1_800_000_000))

    package init() {}

    package var now: Timestamp { time.withLock { $0 } }
    package func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// Log lines, as written.
package final class LogCollector: Sendable {
    private let collected = Mutex<[String]>([])

    package init() {}

    package var lines: [String] { collected.withLock { $0 } }
    package func log(_ format: Configuration.LogFormat = .dovecot) -> AuthLog {
        AuthLog(format: format) { lines in self.collected.withLock { $0 += lines.texts } }
    }
}

/// An installation in a temporary directory, with cheap hashes.
package final class World {
    package let directory: TemporaryDirectory
    package let configuration: Configuration
    package let keys: Keys
    package let store: Store
    package let clock = TestClock()
    package let collector = LogCollector()
    /// As the daemon has them.
    package let lookedSecrets = LookedSecrets()
    package let authenticator: Authenticator

    package init(_ settings: String = "", passes: Int = 1, format: Configuration.LogFormat = .dovecot) throws {
        directory = TemporaryDirectory()
        let text = """
            database = \(TestServer.shared?.takeSchema() ?? directory.file("postern.db"))
            key_file = \(directory.file("key"))
            hash_memory = 8192
            hash_passes = \(passes)
            \(settings)
            """
        configuration = try ConfigurationFile.parse(Array(text.utf8), name: "test")
        try KeyFile.create(path: configuration.keyFile, group: nil)
        keys = try KeyFile.load(path: configuration.keyFile)
        try Store.create(configuration.store, keys: keys)
        store = try Store(configuration.store, keys: keys)
        authenticator = Authenticator(
            store: store, keys: keys, configuration: configuration, log: collector.log(format),
            lookedSecrets: lookedSecrets, clock: { [clock] in clock.now })
    }

    deinit { TestServer.shared?.giveBack(configuration.database) }

    /// The database, as another program sees it.
    package var stored: StoredDatabase { StoredDatabase(setting: configuration.database) }

    package func change(_ subject: String = "test", at time: Timestamp? = nil) -> Change {
        Change(at: time ?? clock.now, actor: "test", subject: subject, action: "test")
    }

    package func attempt(
        _ user: String, _ secret: String, service: String = "imap", from address: String = "192.0.2.7",
        code: String = "",
        session: String? = nil
    ) -> Attempt {
        Attempt(
            userName: Array(user.utf8), secret: Secret(Array(secret.utf8)), code: Secret(Array(code.utf8)),
            service: service, address: IPAddress(address), session: session.map { Array($0.utf8) })
    }

    /// What a row of the decision table sends, once the accounts that it speaks of are there.
    package func attempt(_ row: DecisionRow) throws -> Attempt {
        let sent = try row.prepare(store, keys, now: clock.now)
        return attempt(sent.userName, sent.password, service: row.service, from: row.network, code: sent.code)
    }

    package static func name(_ text: String) throws -> AccountName {
        guard let name = AccountName(text) else { throw TestFailure("\(text) is no user name") }
        return name
    }

    /// A generated app password: its secret as its owner sees it, and its id.
    package func addAppPassword(_ account: AccountName, _ new: NewAppPassword = NewAppPassword(name: "Phone")) throws
        -> (secret: String, id: String)
    {
        let secret = try AppPasswordText.makeGenerated()
        let mac = keys.appPassword.mac(account: account.text, secret: secret)
        guard let id = try store.addAppPassword(new, verifier: .mac(mac), account: account, change: { _ in change() })
        else { throw TestFailure("there is no account \(account.text)") }
        return (text(AppPasswordText.display(secret)), id)
    }

    /// A main password as it is stored, cheap.
    package static func mainPassword(_ text: String) throws -> MainPasswordHash {
        let secret = Secret(Array(text.utf8))
        guard let mapped = MainPasswordText.map(secret) else {
            return MainPasswordHash(try PasswordHash.make(secret, memory: 8192, passes: 1), isMapped: true)
        }
        return MainPasswordHash(try PasswordHash.make(mapped, memory: 8192, passes: 1), isMapped: true)
    }

    /// A wrong secret, as the store is told of it.
    package static func guess(
        _ account: String, _ mac: [UInt8], network: Network = Network(of: nil), rank: GuessRank = .newNetwork,
        freeFirsts: Int? = nil, isLooked: Bool, window: GuessWindow
    ) -> NewGuess {
        NewGuess(
            kind: .wrong, account: account, network: network, mac: mac,
            look: GuessLook(secretsGeneration: 0, memoryLimit: 0, isMapped: false), rank: rank, service: "imap",
            freeFirsts: freeFirsts, isLooked: isLooked, window: window)
    }

    /// An account with a main password.
    @discardableResult
    package func addAccount(_ name: String = "alice@example.org", password: String = "main secret") throws
        -> AccountName
    {
        let account = try Self.name(name)
        let hash = try Self.mainPassword(password)
        guard try store.addAccount(account, mainPassword: hash, mailbox: MailboxOverrides(), change: change(name))
        else {
            throw TestFailure("account \(name) is there already")
        }
        return account
    }
}

package struct TestFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
