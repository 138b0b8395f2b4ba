import Administration
import Authentication
import Bytes
import Credentials
import TestSupport
import Testing

/// When a session of an owner ends.
struct OwnerSessionsTests {
    /// Only the hash of a token is stored.
    @Test func tokenIsNotStored() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        #expect(token.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil)
        #expect(try world.owner(token).account.name == world.alice)
        #expect(try !world.holds(token))
        #expect(try world.newEntries().isEmpty)
    }

    @Test func endsWhenIdle() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        for _ in 0..<3 {
            world.advance(seconds: OwnerSession.maxIdle - 1)
            _ = try world.owner(token)
        }
        world.advance(seconds: OwnerSession.maxIdle)
        try world.expectRefused(.sessionEnded) { _ = try world.owner(token) }
    }

    @Test func endsAfterEightHours() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        for _ in 0..<(OwnerSession.maxAge / 600 - 1) {
            world.advance(seconds: 600)
            _ = try world.owner(token)
        }
        world.advance(seconds: 600)
        try world.expectRefused(.sessionEnded) { _ = try world.owner(token) }
    }

    /// What an operator does to an account ends its sessions; what its owner does ends the others.
    @Test(arguments: ["disable", "main password", "must change", "second factor", "external", "remove"])
    func endsWithChanges(_ change: String) throws {
        let world = try AdminWorld()
        if change == "second factor" { try world.beginEnrolment() }
        let token = try world.openOwnerSession()
        switch change {
        case "disable": try world.admin.disable(world.alice, until: nil)
        case "main password":
            let new = try world.admin.mainPassword(secret("a new main secret"), world.alice, present: world.state())
            try world.admin.setMainPassword(new, world.alice)
        case "must change": try world.admin.setMustChange(true, world.alice)
        case "second factor": _ = try world.confirm(world.code())
        case "external": _ = try world.admin.setExternalSecondFactor(true, world.state())
        default: try world.admin.remove(world.alice)
        }
        try world.expectRefused(.sessionEnded) { _ = try world.owner(token) }
    }

    @Test func ownChangesKeepTheSession() throws {
        let world = try AdminWorld()
        let (own, other) = (try world.openOwnerSession(), try world.openOwnerSession())
        try world.owner(own).setMainPassword(
            secret("a new main secret"), endsSessions: false, revokesAll: false, form: world.form())
        _ = try (world.owner(own), world.owner(other))
        try world.beginEnrolment()
        let codes = try world.owner(own).confirmEnrolment(code: secret(world.code()), form: world.form())
        #expect(text(codes.codes.text.copy()).split(separator: "\n").count == 10)
        _ = try world.owner(own)
        try world.expectRefused(.sessionEnded) { _ = try world.owner(other) }
        // A change by an operator in between keeps nothing.
        try world.admin.setMustChange(true, world.alice)
        try world.expectRefused(.sessionEnded) { _ = try world.owner(own) }
    }

    @Test func newTokenWithEachFullSignIn() throws {
        let world = try AdminWorld()
        let token = try world.openOwnerSession()
        world.advance(seconds: OwnerSession.confirmedTime)
        let owner = try world.owner(token)
        #expect(!owner.session.isConfirmed(at: world.now))
        let new = text(try world.ownerAdmin.confirm(owner.session))
        try world.expectRefused(.sessionEnded) { _ = try world.owner(token) }
        #expect(try world.owner(new).session.isConfirmed(at: world.now))
        #expect(try world.owner(new).session.id == owner.session.id)
    }

    @Test func fiveAtATime() throws {
        let world = try AdminWorld()
        var tokens: [String] = []
        for _ in 0...OwnerSession.maxPerAccount {
            world.advance(seconds: 60)
            tokens.append(try world.openOwnerSession())
        }
        try world.expectRefused(.sessionEnded) { _ = try world.owner(tokens[0]) }
        #expect(try world.owner(tokens[1]).sessions().count == OwnerSession.maxPerAccount)
    }

    @Test func endedOnesAreForgotten() throws {
        let world = try AdminWorld()
        _ = try world.openOwnerSession()
        world.advance(seconds: OwnerSession.maxIdle)
        #expect(try world.store.ownerSessions(account: world.alice).count == 1)
        _ = try world.store.pruneHistory(world.world.configuration.retention, now: world.now, limit: 10)
        #expect(try world.store.ownerSessions(account: world.alice).isEmpty)
    }
}
