import Administration
import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// Setting the main password of an account.
struct MainPasswordsTests {
    /// Sets a main password as the commands do.
    private func set(_ world: AdminWorld, _ password: String) throws -> Administrator.NewMainPassword {
        let new = try world.admin.mainPassword(secret(password), world.alice, present: try world.state())
        try world.admin.setMainPassword(new, world.alice)
        return new
    }

    @Test func takesThePlaceOfTheOldOne() throws {
        let world = try AdminWorld()
        let session = try world.openSession()
        #expect(world.signIn(session.secret, from: "127.0.0.1") == "granted")
        let old = try #require(try world.state().mainHash)
        let new = try set(world, "another fine password")
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "account password")])
        let state = try world.state()
        #expect(!new.isSame && state.mainHash == new.hash.text && state.isMainMapped)
        #expect(state.former?.hash == old && state.former?.until == world.now)
        #expect(world.signIn("another fine password") == "granted")
        #expect(world.signIn(AdminWorld.mainPassword) == "mismatch")
        #expect(world.signIn(session.secret, from: "127.0.0.1") == "revoked")
        #expect(try !world.holds("another fine password"))
    }

    @Test func endsMustChange() throws {
        let world = try AdminWorld()
        try world.admin.setMustChange(true, world.alice)
        #expect(world.signIn(AdminWorld.mainPassword) == "must-change")
        _ = try set(world, "another fine password")
        #expect(try !world.state().mustChange)
        #expect(world.signIn("another fine password") == "granted")
    }

    /// Hashed is the mapped spelling, so that every keyboard gives it.
    @Test func isRightInEverySpelling() throws {
        let world = try AdminWorld()
        _ = try set(world, "mo\u{308}gliches\u{a0}Passwort")
        for spelling in ["m\u{f6}gliches Passwort", "mo\u{308}gliches Passwort"] {
            #expect(world.signIn(spelling) == "granted")
        }
        #expect(world.signIn("mogliches Passwort") == "mismatch")
        #expect(try set(world, "m\u{f6}gliches Passwort").isSame)
    }

    @Test func sameAgainKeepsTheOneBefore() throws {
        let world = try AdminWorld()
        let first = try #require(try world.state().mainHash)
        let second = try set(world, "another fine password")
        let again = try set(world, "another fine password")
        #expect(!second.isSame && again.isSame && again.hash.text != second.hash.text)
        #expect(try world.state().former?.hash == first)
        let third = try set(world, "a third fine password")
        #expect(try !third.isSame && world.state().former?.hash == again.hash.text)
    }

    @Test func keepsNoneWhereNoneIsKept() throws {
        let world = try AdminWorld("former_password_kept = 0")
        _ = try set(world, "another fine password")
        #expect(try world.state().former == nil)
    }

    @Test func forgetsTheOneBefore() throws {
        let world = try AdminWorld()
        _ = try set(world, "another fine password")
        #expect(try world.state().former != nil)
        _ = try world.newEntries()
        try world.admin.forgetFormerMainPassword(world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "account password", "previous one forgotten")])
        #expect(try world.state().former == nil)
        #expect(world.signIn("another fine password") == "granted")
    }

    /// A hash of another system, of a password that would be refused.
    @Test func isGivenAsAHash() throws {
        let world = try AdminWorld()
        let before = try world.dump()
        let new = try world.admin.mainPassword(storedHash: MailcowDump.hash, present: try world.state())
        let isUnchanged = try world.dump() == before
        #expect(isUnchanged)
        #expect(!new.isSame && !new.isShort && new.hash.text == MailcowDump.hash && !new.hash.isMapped)
        try world.admin.setMainPassword(new, world.alice)
        #expect(try world.newEntries() == [Entry(AdminWorld.address, "account password")])
        #expect(world.signIn("password") == "granted")
        #expect(world.signIn(AdminWorld.mainPassword) == "mismatch")
        let again = try world.admin.mainPassword(storedHash: MailcowDump.hash, present: try world.state())
        #expect(again.isSame)
    }

    static let hashes: [(String, HashError)] = [
        ("", .unusable(scheme: "unknown")), ("no hash", .unusable(scheme: "unknown")),
        ("password", .unusable(scheme: "unknown")), ("{OTP}5566c9dbc0ef6e1d", .unusable(scheme: "OTP")),
        ("{ARGON2ID}", .unusable(scheme: "ARGON2ID")),
        // hash_memory_limit has its default.
        (
            "$argon2id$v=19$m=262144,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            .overLimit(asked: 262_144, limit: 131_072)
        ),
    ]

    @Test(arguments: hashes)
    func refusesHashes(_ stored: String, _ error: HashError) throws {
        let world = try AdminWorld()
        let state = try world.state()
        try world.expectRefused(.hash(error)) { _ = try world.admin.mainPassword(storedHash: stored, present: state) }
        try world.expectRefused(.hash(error)) { _ = try world.admin.mainPassword(storedHash: stored, present: nil) }
        #expect(try world.newEntries().isEmpty)
    }

    @Test func isUnavailableWithoutAStore() throws {
        let world = try AdminWorld()
        try world.world.stored.remove(StoredDatabase.Table.domains)
        var isUnavailable = false
        do throws(AdministrationError) {
            _ = try world.admin.mainPassword(secret("another fine password"), world.alice, present: nil)
        } catch {
            if case .unavailable(let why) = error, case .store(_) = why { isUnavailable = true }
        }
        #expect(isUnavailable)
    }
}
