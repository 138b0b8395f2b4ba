import Authentication
import Bytes
@testable import Credentials
import TestSupport
import Testing

/// The version changes with every row that answers are made from, whoever changes it: cached grants depend on this.
@Suite(.enabled(if: TestServer.shared == nil, "about files")) struct CredentialsVersionTests {
    private func fill(_ world: World) throws {
        let account = try world.addAccount()
        _ = try world.addAppPassword(account)
        try world.store.setPolicy(
            PolicyChange(Policy(appPasswordsRequired: true)), domain: "example.org", change: world.change())
    }

    /// The columns are read from the schema, so that a new one cannot be forgotten.
    @Test(arguments: AnswerTable.allCases)
    func everyColumn(_ table: AnswerTable) throws {
        let world = try World()
        try fill(world)
        let columns = try world.stored.columns(of: table)
        #expect(columns.count >= 5)
        for column in columns {
            let before = try world.store.credentialsVersion()
            try world.stored.rewrite(column, of: table)
            #expect((try world.store.credentialsVersion() != before) == column.isPartOfAnswers, "\(column)")
        }
    }

    @Test(arguments: AnswerTable.allCases)
    func rowsThatComeAndGo(_ table: AnswerTable) throws {
        let world = try World()
        try fill(world)
        try world.stored.copyRows(of: table)
        var versions = [try world.store.credentialsVersion()]
        for change in AnswerTable.RowChange.allCases {
            try world.stored.change(change, of: table)
            let version = try world.store.credentialsVersion()
            #expect(!versions.contains(version), "\(change)")
            versions.append(version)
        }
    }

    /// Sign-ins, guesses and opened sessions do not change the version; an ended session does.
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
        try world.stored.remove(CredentialsTrigger.accountChanged)
        #expect(try world.store.missingTriggers() == ["credentials_account_changed"])
        #expect(try world.store.credentialsVersion() != before)
    }

    /// The header of the write-ahead log, which makes it unnecessary to read the version.
    @Test func headerOfTheLog() throws {
        let world = try World()
        try world.addAccount()
        _ = try world.store.credentialsVersion()
        let before = try #require(world.store.snapshot)
        #expect(world.store.snapshot == before)
        try world.stored.raiseGenerations()
        let changed = try #require(world.store.snapshot)
        #expect(changed != before)
        // A checkpoint does not change what readers see; a commit to a log that starts over does.
        try world.stored.copyLog()
        #expect(world.store.snapshot == changed)
        try world.stored.emptyLog()
        try world.stored.raiseGenerations()
        #expect(world.store.snapshot != changed)
    }
}
