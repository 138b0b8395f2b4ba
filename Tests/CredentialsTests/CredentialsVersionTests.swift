import Authentication
import Bytes
@testable import Credentials
import TestSupport
import Testing

/// What is remembered of answers holds until a row changes that answers are made from, whoever changes it.
struct CredentialsVersionTests {
    private static let tables = ["domain", "account", "app_password"]

    private func fill(_ world: World) throws {
        let account = try world.addAccount()
        _ = try world.addAppPassword(account)
        try world.store.setPolicy(
            PolicyChange(Policy(appPasswordsRequired: true)), domain: "example.org", change: world.change())
    }

    private func sql(_ world: World, _ text: String) throws -> String {
        let ended = try run(["sqlite3", world.configuration.database, "PRAGMA busy_timeout = 5000; \(text)"])
        guard ended.status == 0 else { throw TestFailure(ended.error) }
        return ended.output.split(separator: "\n").dropFirst().joined(separator: "\n")
    }

    /// Columns are taken from the schema: a new one cannot be forgotten.
    @Test(arguments: tables)
    func everyColumn(_ table: String) throws {
        let world = try World()
        try fill(world)
        let columns = try sql(world, "SELECT name FROM pragma_table_info('\(table)')").split(separator: "\n")
        #expect(columns.count >= 5)
        for column in columns {
            let before = try world.store.credentialsVersion()
            // The last use of an app password is no part of an answer.
            let isPart = !(table == "app_password" && column == "used")
            _ = try sql(world, "UPDATE \(table) SET \(column) = \(column)")
            #expect((try world.store.credentialsVersion() != before) == isPart, "\(column)")
        }
    }

    @Test(arguments: tables)
    func rowsThatComeAndGo(_ table: String) throws {
        let world = try World()
        try fill(world)
        _ = try sql(world, "CREATE TABLE kept AS SELECT * FROM \(table)")
        var versions = [try world.store.credentialsVersion()]
        let copy = table == "app_password" ? "PRAGMA foreign_keys = OFF; " : ""
        for change in [
            "DELETE FROM \(table)", "INSERT INTO \(table) SELECT * FROM kept",
            "REPLACE INTO \(table) SELECT * FROM kept",
        ] {
            _ = try sql(world, copy + change)
            let version = try world.store.credentialsVersion()
            #expect(!versions.contains(version), "\(change)")
            versions.append(version)
        }
    }

    /// What happens at each sign-in leaves what is remembered alone, and so do guesses and sessions that are opened.
    @Test func whatIsNoChange() throws {
        let world = try World("webmail_networks = 192.0.2.0/24")
        let account = try world.addAccount()
        let before = try world.store.credentialsVersion()
        _ = world.authenticator.decide(world.attempt("alice@example.org", "wrong"))
        try world.store.mark(
            SignIn(
                account: account, credential: "main", service: .smtp, address: IPAddress("192.0.2.7"), generation: 1),
            at: world.clock.now, world.configuration.retention)
        #expect(try world.store.credentialsVersion() == before)
        let granted = world.authenticator.decide(
            Attempt(
                userName: Array("alice@example.org".utf8), secret: Secret(Array("main secret".utf8)), service: "web",
                address: nil, session: [1], wantsAppPassword: true))
        guard case .granted(let grant) = granted.outcome, grant.session != nil else { throw TestFailure("no session") }
        #expect(try world.store.credentialsVersion() == before)
        try world.store.endSession([1], account: account, now: world.clock.now)
        #expect(try world.store.credentialsVersion() != before)
    }

    @Test func missingTriggers() throws {
        let world = try World()
        #expect(try world.store.missingTriggers().isEmpty)
        let before = try world.store.credentialsVersion()
        _ = try sql(world, "DROP TRIGGER credentials_account_changed")
        #expect(try world.store.missingTriggers() == ["credentials_account_changed"])
        #expect(try world.store.credentialsVersion() != before)
    }

    /// The header that spares the reading.
    @Test func headerOfTheLog() throws {
        let world = try World()
        try world.addAccount()
        _ = try world.store.credentialsVersion()
        let before = try #require(world.store.snapshot)
        #expect(world.store.snapshot == before)
        _ = try sql(world, "UPDATE account SET generation = generation + 1")
        let changed = try #require(world.store.snapshot)
        #expect(changed != before)
        // A checkpoint changes nothing that anybody reads; a log that starts over does.
        _ = try sql(world, "PRAGMA wal_checkpoint(PASSIVE)")
        #expect(world.store.snapshot == changed)
        _ = try sql(world, "PRAGMA wal_checkpoint(TRUNCATE); UPDATE account SET generation = generation + 1")
        #expect(world.store.snapshot != changed)
    }
}
