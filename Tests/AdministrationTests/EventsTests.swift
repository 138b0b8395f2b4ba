import Administration
import Authentication
import Credentials
import TestSupport
import Testing

/// What owners are told of, and when.
struct EventsTests {
    /// Kinds and labels of the events that a reader has not had, which it has then had.
    private func read(_ world: AdminWorld, _ reader: String = "mail") throws -> [String] {
        let batch = try world.admin.events(for: reader)
        try world.admin.finish(batch, for: reader)
        return batch.events.values.flatMap { $0 }.map {
            $0.label.isEmpty ? $0.kind.rawValue : "\($0.kind.rawValue) \($0.label)"
        }
    }

    @Test func beginsWithTheFirstRun() throws {
        let world = try AdminWorld()
        _ = try world.create()
        #expect(try read(world) == [])
        #expect(try read(world) == [])
        _ = try world.create(NewAppPassword(name: "Tablet"))
        #expect(try read(world, "command") == [])
        #expect(try read(world) == ["app-password-made Tablet"])
        #expect(try read(world) == [])
        _ = try world.create(NewAppPassword(name: "Printer"))
        #expect(
            try read(world) == ["app-password-made Printer"] && read(world, "command") == ["app-password-made Printer"])
    }

    @Test func everyChangeOfACredential() throws {
        let world = try AdminWorld()
        _ = try read(world)
        let token = try world.openOwnerSession()
        let one = try world.create(token)
        try world.owner(token).revoke(one.id, form: world.form())
        try world.owner(token).putBack(one.id, form: world.form())
        _ = try world.owner(token).rotate(one.id, grace: 60, form: world.form())
        #expect(
            try read(world) == [
                "app-password-made Phone", "app-password-revoked Phone", "app-password-put-back Phone",
                "app-password-made Phone",
            ])
        _ = try world.enroll()
        _ = try world.replaceRecoveryCodes()
        try world.admin.removeSecondFactor(world.state())
        _ = try world.admin.setExternalSecondFactor(true, world.state())
        _ = try world.admin.setExternalSecondFactor(false, world.state())
        let new = try world.admin.mainPassword(secret("a new main secret"), world.alice, present: world.state())
        try world.admin.setMainPassword(new, world.alice)
        try world.admin.forgetFormerMainPassword(world.alice)
        #expect(
            try read(world) == [
                "second-factor-on", "recovery-codes", "second-factor-off", "second-factor-on", "second-factor-off",
                "password-changed",
            ])
    }

    /// A failed batch comes again; a reader that slept for long is not told of last month.
    @Test func nothingIsLostAndNothingIsOld() throws {
        let world = try AdminWorld()
        _ = try read(world)
        _ = try world.create()
        #expect(try world.admin.events(for: "mail").events.count == 1)
        // Whoever could not be told comes again, with what happened since; the others do not.
        let bob = try world.world.addAccount("bob@example.org")
        _ = try world.admin.add(try world.admin.prepare(NewAppPassword(name: "Bob's"), isCompact: false, for: bob))
        let batch = try world.admin.events(for: "mail")
        #expect(batch.events.count == 2)
        try world.admin.finish(batch, for: "mail", failed: [world.alice.text])
        #expect(try world.admin.events(for: "mail").events.keys.sorted() == [world.alice.text])
        _ = try world.create(NewAppPassword(name: "Second"))
        let again = try world.admin.events(for: "mail")
        #expect(again.events[world.alice.text]?.map(\.label) == ["Phone", "Second"])
        try world.admin.finish(again, for: "mail", failed: [world.alice.text])
        #expect(try read(world) == ["app-password-made Phone", "app-password-made Second"])
        #expect(try read(world) == [])
        _ = try world.create(NewAppPassword(name: "Old"))
        world.advance(seconds: 8 * AdminWorld.day)
        _ = try world.create(NewAppPassword(name: "New"))
        #expect(try read(world) == ["app-password-made New"])
        _ = try world.create()
        try world.admin.remove(world.alice)
        #expect(try read(world) == [])
    }

    @Test func mainPasswordFromANewNetwork() throws {
        let world = try AdminWorld()
        _ = try read(world)
        world.advance(seconds: 10)
        // The first network of an account is new to nobody.
        try world.mark(Store.mainCredential, .web)
        world.advance(seconds: 120)
        #expect(try read(world) == [])
        try world.mark(Store.mainCredential, .web, from: "192.0.2.8")
        try world.mark(Store.mainCredential, .imap, from: "192.0.2.7")
        // Sign-ins reach the store a little later.
        #expect(try read(world) == [])
        world.advance(seconds: 61)
        #expect(try read(world) == ["new-network web, 192.0.2.8"])
        world.advance(seconds: 3600)
        try world.mark(Store.mainCredential, .imap, from: "192.0.2.8")
        let id = try world.create().id
        try world.mark(id, .imap, from: "192.0.2.9")
        world.advance(seconds: 120)
        #expect(try read(world) == ["app-password-made Phone"])
    }

    @Test func endsInTwoWeeks() throws {
        let world = try AdminWorld()
        let made = try world.create(NewAppPassword(name: "Long", expires: world.after(days: 30)))
        _ = try world.create(NewAppPassword(name: "Short", expires: world.after(days: 5)))
        let revoked = try world.create(NewAppPassword(name: "Revoked", expires: world.after(days: 30)))
        _ = try world.admin.changeAppPasswords(.ids([revoked.id]), .revoke, world.alice)
        _ = try read(world)
        var told: [String] = []
        for _ in 0..<(31 * 24) {
            world.advance(seconds: 3600)
            told += try read(world)
        }
        #expect(told == ["expiring Long"] && !made.id.isEmpty)
    }

    /// A forgotten device: at once, then once a week while it goes on.
    @Test func previousPasswordOnceAWeek() throws {
        let world = try AdminWorld("former_password_kept = 100d\nguess_memory = 60d")
        try world.mark(Store.mainCredential, .imap)
        let new = try world.admin.mainPassword(secret("a new main secret"), world.alice, present: world.state())
        try world.admin.setMainPassword(new, world.alice)
        _ = try read(world)
        var told: [String] = []
        for hour in 0..<(22 * 24) {
            world.advance(seconds: 3600)
            if hour < 15 * 24 {
                let attempt = world.world.attempt(AdminWorld.address, AdminWorld.mainPassword)
                // As the daemon does, which has the previous password compared.
                if let check = world.world.authenticator.decide(attempt).formerCheck {
                    _ = try world.store.note(check.note(isSame: true))
                }
            }
            told += try read(world)
        }
        // The last one for what happened in the week before it.
        #expect(told == Array(repeating: "old-password imap, 192.0.2.7", count: 4))
    }

    /// A clock that was set back brings nothing twice.
    @Test func clockSetBack() throws {
        let world = try AdminWorld()
        try world.mark(Store.mainCredential, .imap)
        world.advance(seconds: 600)
        _ = try read(world)
        world.advance(seconds: 60)
        try world.mark(Store.mainCredential, .web, from: "192.0.2.8")
        world.advance(seconds: 120)
        #expect(try read(world) == ["new-network web, 192.0.2.8"])
        world.advance(seconds: -300)
        #expect(try read(world) == [])
        world.advance(seconds: 400)
        #expect(try read(world) == [])
    }
}
