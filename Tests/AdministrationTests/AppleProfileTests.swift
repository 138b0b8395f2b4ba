import Administration
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// Profiles that set up Apple's Mail.
struct AppleProfileTests {
    private static let servers = "imap_server = imap.example.org\nsmtp_server = smtp.example.org:587"

    /// A profile as a device reads it.
    private struct Reading {
        let xml: String
        let root: [String: Any]
        let mail: [String: Any]

        init(_ xml: String) throws {
            self.xml = xml
            let list = try PropertyListSerialization.propertyList(from: Data(xml.utf8), format: nil)
            root = try #require(list as? [String: Any])
            let accounts = try #require(root["PayloadContent"] as? [[String: Any]])
            #expect(accounts.count == 1)
            mail = try #require(accounts.first)
        }
    }

    /// Prepares an app password and returns a profile with it, and its secret. It is not added.
    private func makeProfile(
        _ world: AdminWorld, for account: AccountName, scope: Scope = .mail
    ) throws -> (reading: Reading, secret: String) {
        let new = NewAppPassword(name: "iPhone & <Co>", scope: scope)
        let prepared = try world.admin.prepare(new, isCompact: false, for: account)
        let file = try AppleProfile(prepared.account, prepared.new.scope, world.world.configuration).file(
            with: prepared.secret)
        return (try Reading(text(file)), text(prepared.secret))
    }

    /// Names of accounts have `&` and `'`; one that was stored by hand may have anything.
    @Test(arguments: [
        "alice@example.org", "o'brien@example.org", "a&b@example.org", "a&amp;b@example.org", "a]]>b@example.org",
        "<b>\"x\"</b>@example.org", "jörg@xn--bcher-kva.example",
    ])
    func namesSurviveXML(_ name: String) throws {
        let world = try AdminWorld(Self.servers)
        let (profile, secret) = try makeProfile(world, for: AccountName(stored: name))
        let users = ["EmailAddress", "IncomingMailServerUsername", "OutgoingMailServerUsername"]
        for key in users + ["EmailAccountDescription", "PayloadDisplayName"] {
            #expect(profile.mail[key] as? String == name, "\(key)")
        }
        #expect(profile.root["PayloadDisplayName"] as? String == "Mail for \(name)")
        #expect(profile.mail["IncomingPassword"] as? String == secret)
        // By the bytes, too: every & begins an entity, and no < is of a name.
        #expect(profile.xml.firstMatch(of: /&(?!(?:amp|lt|gt|quot|apos);)/) == nil)
        #expect(!profile.xml.contains("<b>"))
    }

    @Test func namesTheServers() throws {
        let world = try AdminWorld(Self.servers)
        let mail = try makeProfile(world, for: world.alice).reading.mail
        #expect(mail["PayloadType"] as? String == "com.apple.mail.managed")
        #expect(mail["EmailAccountType"] as? String == "EmailTypeIMAP")
        #expect(mail["IncomingMailServerHostName"] as? String == "imap.example.org")
        #expect(mail["IncomingMailServerPortNumber"] as? Int == 993)
        #expect(mail["IncomingMailServerUseSSL"] as? Bool == true)
        #expect(mail["OutgoingMailServerHostName"] as? String == "smtp.example.org")
        #expect(mail["OutgoingMailServerPortNumber"] as? Int == 587)
        #expect(mail["OutgoingMailServerUseSSL"] as? Bool == true)
        #expect(mail["OutgoingPasswordSameAsIncomingPassword"] as? Bool == true)
        #expect(mail["OutgoingPassword"] == nil)
    }

    /// The secret is in it once; a device that has the profile signs in as soon as the app password is added.
    @Test func hasTheSecretOnce() throws {
        let world = try AdminWorld(Self.servers)
        let before = try world.dump()
        let prepared = try world.admin.prepare(NewAppPassword(name: "iPhone"), isCompact: false, for: world.alice)
        let file = try AppleProfile(prepared.account, prepared.new.scope, world.world.configuration).file(
            with: prepared.secret)
        let isUnchanged = try world.dump() == before
        #expect(isUnchanged)
        #expect(try world.newEntries().isEmpty)
        let (profile, shown) = (try Reading(text(file)), text(prepared.secret))
        #expect(profile.xml.components(separatedBy: shown).count == 2)
        let password = try #require(profile.mail["IncomingPassword"] as? String)
        #expect(world.signIn(password) == "mismatch")
        _ = try world.admin.add(prepared)
        #expect(world.signIn(password) == "granted" && world.signIn(password, "smtp") == "granted")
    }

    /// A device takes a second profile for another one, and knows whose it is.
    @Test func hasIdentifiersOfItsOwn() throws {
        let world = try AdminWorld(Self.servers)
        let profiles = [
            try makeProfile(world, for: world.alice).reading, try makeProfile(world, for: world.alice).reading,
        ]
        let payloads = profiles.flatMap { [$0.root, $0.mail] }
        let identifiers = payloads.compactMap { $0["PayloadIdentifier"] as? String }
        #expect(Set(payloads.compactMap { $0["PayloadUUID"] as? String }).count == 4)
        #expect(Set(identifiers).count == 4)
        #expect(identifiers.allSatisfy { $0.hasPrefix("org.example.postern.") })
    }

    @Test(arguments: ["", "imap_server = imap.example.org", "smtp_server = smtp.example.org"])
    func needsServers(_ settings: String) throws {
        let world = try AdminWorld(settings)
        try world.expectRefused(.profileWithoutServers) { _ = try makeProfile(world, for: world.alice) }
    }

    @Test(arguments: [Scope([.imap]), Scope([.smtp]), Scope([.pop3, .sieve])])
    func needsServices(_ scope: Scope) throws {
        let world = try AdminWorld(Self.servers)
        try world.expectRefused(.profileWithoutServices) { _ = try makeProfile(world, for: world.alice, scope: scope) }
        let narrow = try makeProfile(world, for: world.alice, scope: scope.union(Scope([.imap, .smtp])))
        #expect(narrow.reading.mail["IncomingPassword"] as? String == narrow.secret)
    }
}
