import Foundation
import Glibc
import TestSupport
import Testing

/// What a member of group postern leaves beside the database gains nothing from root: SQLite deletes the file that a rollback
/// journal names, whoever opens the database.
@Suite(.enabled(if: geteuid() == 0, "only root can be attacked"))
struct PrivilegeTests {
    private let installation: ProgramInstallation
    private let canary: String

    init() throws {
        installation = try ProgramInstallation()
        try installation.addAccount()
        let closed = installation.directory.file("root")
        try FileManager.default.createDirectory(
            atPath: closed, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        canary = closed + "/canary"
    }

    private static let magic: [UInt8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// The end of a journal that names a super-journal (sqlite.org/fileformat2.html, pager.c readSuperJournal).
    private func tail() -> [UInt8] {
        let name = Array(canary.utf8)
        return name + Self.bigEndian(name.count) + Self.bigEndian(name.reduce(0) { $0 + Int($1) }) + Self.magic
    }

    /// The same after a header that restores nothing: no pages, and the size that the database has.
    private func headed() throws -> [UInt8] {
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: installation.database)[.size] as? Int)
        var header = Self.magic + Self.bigEndian(0) + Self.bigEndian(7) + Self.bigEndian(size / 4096)
        header += Self.bigEndian(512) + Self.bigEndian(4096)
        header += [UInt8](repeating: 0, count: 512 - header.count)
        return header + tail()
    }

    private func plant(_ journal: [UInt8]) throws {
        try "precious".write(toFile: canary, atomically: false, encoding: .utf8)
        let path = installation.database + "-journal"
        try Data(journal).write(to: URL(filePath: path))
        let nobody = try #require(getpwnam("nobody")).pointee.pw_uid
        let group = try #require(getgrnam("postern")).pointee.gr_gid
        #expect(chown(path, nobody, group) == 0 && chmod(path, 0o660) == 0)
    }

    private var isAlive: Bool { FileManager.default.contents(atPath: canary) == Data("precious".utf8) }

    /// The journal does its work where root opens the database with another program: the attack is a real one.
    @Test func attackIsReal() throws {
        try plant(tail())
        #expect(try installation.stored.countAccounts() == 1)
        #expect(!isAlive)
    }

    @Test(arguments: [
        ["account", "list"], ["account", "show", "alice@example.org"], ["domain", "show", "example.org"],
        ["app-password", "list", "alice@example.org"], ["report", "changes"], ["report", "guesses"],
        ["throttle", "list"], ["export"], ["app-password", "create", "alice@example.org", "--name", "Phone"],
        ["account", "disable", "alice@example.org"], ["key", "rotate"],
        ["check", "alice@example.org", "--service", "imap", "--from", "192.0.2.7", "--password-stdin"],
    ])
    func canaryLives(_ command: [String]) throws {
        for journal in [tail(), try headed()] {
            try plant(journal)
            let result = try installation.postern(command, input: "main secret\n")
            #expect(result.status == 0, "\(result)")
            #expect(isAlive, "\(command)")
        }
    }

    @Test func importsBackupsAndTheDoctor() throws {
        var dump = MailcowDump()
        dump.addMailbox("bob@example.org")
        // What only root may read and write.
        let source = installation.directory.file("root/dump.sql")
        try dump.text.write(toFile: source, atomically: false, encoding: .utf8)
        let copy = installation.directory.file("root/copy.db")
        for (command, status) in [(["import", "mailcow", source], 0), (["backup", copy], 0)] as [([String], Int32)] {
            try plant(tail())
            let result = try installation.postern(command)
            #expect(result.status == status && isAlive, "\(result)")
        }
        #expect(try StoredDatabase(path: copy).countAccounts() == 2)
        let owner = try FileManager.default.attributesOfItem(atPath: copy)
        #expect(owner[.ownerAccountID] as? Int == 0 && owner[.posixPermissions] as? Int == 0o600)
        try plant(tail())
        #expect(try installation.doctor().levels(of: installation.database + "-journal") == ["bad"])
        #expect(isAlive)
        try plant(tail())
        #expect(
            try run([Repository.program("posternd"), "--config", installation.configurationFile, "--check"]).status == 0
        )
        #expect(isAlive)
    }

    /// With a daemon that has the database open the journal is in everybody's way, and deletes nothing.
    @Test func besideADaemon() throws {
        let daemon = try DaemonProcess(installation)
        try plant(tail())
        #expect(try installation.postern(["account", "list"]).status != 0)
        #expect(isAlive)
        daemon.stop()
        #expect(try installation.postern(["account", "list"]).status == 0)
        #expect(isAlive)
    }

    /// Without a user to become root does not open the database.
    @Test func rootRefusesWithoutTheUser() throws {
        let passwd = installation.directory.file("passwd")
        let command = "grep -v '^postern:' /etc/passwd > \(passwd) && mount --bind \(passwd) /etc/passwd && exec \"$@\""
        let result = try run([
            "unshare", "--mount", "/bin/sh", "-c", command, "sh", Repository.program("postern"), "--config",
            installation.configurationFile, "account", "list",
        ])
        // The command that makes the user.
        #expect(result.status == 75 && result.error.contains("useradd --system"), "\(result)")
    }

    /// Who asked is on record, and not whom root became.
    @Test func rootIsOnRecord() throws {
        let changes: [ChangeView] = try installation.json(["report", "changes"])
        #expect(!changes.isEmpty && changes.allSatisfy { $0.actor.hasPrefix("root") }, "\(changes)")
        let owner = try FileManager.default.attributesOfItem(atPath: installation.database)
        #expect(owner[.ownerAccountName] as? String == "postern")
    }
}
