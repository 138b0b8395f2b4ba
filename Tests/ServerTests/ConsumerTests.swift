import Authentication
import Bytes
import Credentials
import Foundation
import TestSupport
import Testing
import WireProtocols

/// The shipped snippets, each loaded by the program that it is for.
@Suite(.enabled(if: LogReaders.areInstalled))
struct SnippetTests {
    private let packaging = Repository.file("packaging")

    @Test(arguments: ["postern.conf", "mailcow.conf"])
    func rsyslog(_ file: String) throws {
        let checked = try LogReaders.run(["rsyslogd", "-N1", "-f", "\(packaging)/rsyslog/\(file)"])
        #expect(checked.status == 0 && !checked.error.contains("error"), "\(checked.error)")
    }

    /// logrotate itself rotates a log; the new file belongs to group postern, which may write to it.
    @Test func logrotate() throws {
        let directory = TemporaryDirectory()
        let log = try directory.write("a line\n", to: "postern.log", mode: 0o660)
        let snippet = try String(contentsOfFile: "\(packaging)/logrotate/postern", encoding: .utf8)
        let file = try directory.write(
            snippet.replacing("/var/log/postern.log", with: log).replacing("weekly", with: "daily"), to: "snippet",
            mode: 0o644)
        let rotated = try LogReaders.run(["logrotate", "-f", "-s", directory.file("state"), file])
        #expect(rotated.status == 0 && !rotated.error.contains("error"), "\(rotated)")
        let attributes = try FileManager.default.attributesOfItem(atPath: log)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        #expect(attributes[.groupOwnerAccountName] as? String == "postern")
        #expect(lines(of: log + ".1") == ["a line"])
    }

    /// fail2ban reads the true address from the line that rsyslog writes with the snippet.
    @Test func systemLogToBan() throws {
        let server = try DovecotServer(.checkpassword, syslog: true)
        _ = try server.imap("nobody@example.org", "wrong", from: "203.0.113.50")
        let jail = try PrivateFailToBan(.file, log: server.mailLog)
        #expect(try eventually { try jail.found(by: "postern", in: server.mailLog) == ["203.0.113.50"] })
        // The mail log also has Dovecot's own line about the attempt; the file of the shipped snippet has only
        // Postern's.
        #expect(lines(of: server.mailLog).count > 1)
        let own = lines(of: server.root + "/log/postern.log")
        #expect(own.count == 1 && own[0].contains("): postern(nobody@example.org,203.0.113.50,"), "\(own)")
    }

    /// The jail reads both units of the journal, and no other.
    @Test func journal() throws {
        let directory = TemporaryDirectory()
        let now = Int64(Date().timeIntervalSince1970)
        let units = ["dovecot.service", "posternd.service", "other.service"]
        let entries = (0..<18).map { number in
            """
            __REALTIME_TIMESTAMP=\((now - 60 + Int64(number)) * 1_000_000)
            __MONOTONIC_TIMESTAMP=\(number + 1)
            _BOOT_ID=0123456789abcdef0123456789abcdef
            _MACHINE_ID=fedcba9876543210fedcba9876543210
            _HOSTNAME=mx
            SYSLOG_IDENTIFIER=dovecot
            SYSLOG_PID=7
            _PID=7
            _SYSTEMD_UNIT=\(units[number % 3])
            MESSAGE=auth-worker(7): postern(alice@example.org,203.0.113.\(number % 3),<->): Password mismatch \
            (SHA1 of given password: 3b0e\(10 + number))


            """
        }
        let export = try directory.write(entries.joined(), to: "export")
        let journal = directory.file("test.journal")
        let made = try LogReaders.run(["journal-remote", "-o", journal, export])
        try #require(made.status == 0, "\(made.error)")
        let jail = try PrivateFailToBan(.journal, log: journal)
        try jail.start()
        #expect(try eventually { jail.bans == ["203.0.113.0", "203.0.113.1"] })
        sleep(1)
        #expect(jail.bans == ["203.0.113.0", "203.0.113.1"])
    }

    /// The operator had enabled all stock mail jails. With the shipped files, Postfix's jail ignores sign-ins and the
    /// others are off.
    @Test func stockJailsAreOff() throws {
        let server = try PostfixServer(.own, syslog: true)
        let wrong = try server.directory.write("wrong", to: "wrong")
        let jail = try PrivateFailToBan(.file, log: server.mailLog)
        try jail.start()
        // The same wrong secret again and again is one guess.
        for _ in 0..<8 {
            _ = try smtp(
                server.submissions, "tls", ["--from", "203.0.113.50", "auth PLAIN nobody@example.org \(wrong)"])
        }
        // Exim's lines for a refused sign-in, and for an offence that its jail still counts.
        let now = Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: .current).format(Date()).prefix(19)
        let refusal =
            "\(now) postern_plain authenticator failed for (c) [203.0.113.51]: 535 Incorrect authentication data"
        let unknown = "\(now) H=(c) [203.0.113.52] F=<a@example.net> rejected RCPT <b@example.org>: Unknown user"
        try jail.writeEximLog(Array(repeating: refusal, count: 8) + Array(repeating: unknown, count: 8))
        #expect(try eventually { jail.bans == ["203.0.113.52"] })
        sleep(2)
        #expect(lines(of: server.mailLog).count { $0.contains("SASL PLAIN authentication failed") } == 8)
        #expect(jail.bans == ["203.0.113.52"])
    }
}

/// Every reader of the log, over every text that tries to forge a line, through every channel.
struct ForgeryTests {
    /// A program that reads the log; `found` gives the addresses that it finds, in order.
    private struct Reader {
        let name: String
        let found: (String) throws -> [String]
    }

    /// The pattern of CrowdSec's current hub: a word, then user, the first address after a comma, and session.
    private static func crowdsec(_ line: String) -> String? {
        let pattern =
            #/dovecot\[[0-9]+\]: auth-worker\([0-9]+\): [A-Za-z]+\(([^,]*),([0-9A-Fa-f.:]+),?([^)]*)\): .*?([Uu]nknown user|[Pp]assword mismatch)/#
        return line.firstMatch(of: pattern).map { String($0.2) }
    }

    /// The patterns of mailcow's watcher, which match anywhere in the message; two rules that match count twice.
    private static func mailcow(_ line: String) -> [String] {
        let patterns = [
            #/\w+\([^,]+,([0-9a-f.:]+),<[^>]+>\): Password mismatch \(SHA1 of given password: [a-f0-9]+\)/#,
            #/\w+\([^,]+,([0-9a-f.:]+),<[^>]+>\): unknown user \(SHA1 of given password: [a-f0-9]+\)/#,
        ]
        return patterns.flatMap { line.matches(of: $0).map { String($0.1) } }
    }

    private static func findWithDebian13(_ log: String, _ filter: String) throws -> [String] {
        let directory = URL(filePath: log).deletingLastPathComponent().path
        let result = try run(Debian13.exec(directory, ["fail2ban-regex", "-o", "<ip>", log, filter]))
        return result.output.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
    }

    private func readers() throws -> [Reader] {
        let shipped = try PrivateFailToBan(.file, log: "/dev/null")
        var readers = [
            Reader(name: "shipped filter") { try shipped.found(by: "postern", in: $0) },
            Reader(name: "stock filter") { try shipped.found(by: "dovecot", in: $0) },
            Reader(name: "CrowdSec, written down") { lines(of: $0).compactMap(Self.crowdsec) },
            Reader(name: "mailcow, written down") { lines(of: $0).flatMap(Self.mailcow) },
        ]
        if Debian13.isInstalled {
            readers.append(
                Reader(name: "stock filter of Debian 13") {
                    try Self.findWithDebian13($0, "/etc/fail2ban/filter.d/dovecot.conf")
                })
            readers.append(
                Reader(name: "shipped filter, Debian 13") { log in
                    // The files that the filter includes must be in its directory.
                    let directory = URL(filePath: log).deletingLastPathComponent().path
                    let filter = directory + "/postern.conf"
                    try requireSuccess(["cp", Repository.file("packaging/fail2ban/filter.d/postern.conf"), filter])
                    try requireSuccess(
                        Debian13.exec(directory, ["cp", "/etc/fail2ban/filter.d/common.conf", directory]))
                    return try Self.findWithDebian13(log, filter)
                })
        }
        if LogReaders.areInstalled {
            readers.append(
                Reader(name: "CrowdSec of Debian 12") { log in
                    let directory = TemporaryDirectory()
                    let result = try LogReaders.run(["crowdsec", directory.file("crowdsec"), log])
                    guard result.status == 0 else { throw TestFailure(result.error) }
                    return result.output.split(separator: "\n").map { String($0.split(separator: " ")[1]) }
                })
        }
        return readers
    }

    /// The true address of the client in all attempts.
    private static let client = "192.0.2.77"

    @Test func nobodyElseIsEverNamed() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled + "failure_delay = 0\n")
        try installation.addAccount()
        let labels = Injection.all.filter { !$0.contains(0) }.map { String(decoding: $0, as: UTF8.self) }
        let (store, keys) = try installation.open()
        let account = try World.name("alice@example.org")
        var attempts = 0
        let daemon = try DaemonProcess(installation)
        let clients = try [installation.authSocket, installation.dovecotSocket].map(AuthClient.init)
        let policy = try LineClient(path: installation.policySocket)

        for (number, bytes) in Injection.all.enumerated() {
            let text = String(decoding: bytes, as: UTF8.self)
            let escaped = String(decoding: TabEscape.encode(Array(text.utf8)), as: UTF8.self)
            let name = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
            // As user name, session id and address, on both auth sockets.
            for (door, client) in clients.enumerated() {
                var sent = [
                    ("rip=\(Self.client)", name), ("rip=\(Self.client)\tsession=\(escaped)", "alice@example.org"),
                ]
                // The corpus has one valid address; given as address, it would be the client's.
                if IPAddress(text) == nil { sent.append(("rip=\(escaped)", "alice@example.org")) }
                for (round, (parameters, user)) in sent.enumerated() {
                    let id = 1000 * number + round + 1
                    let secret = AuthClient.plain(user, "wrong \(door) \(number) \(round)")
                    client.send("AUTH\t\(id)\tPLAIN\tservice=imap\t\(parameters)\tresp=\(secret)")
                    #expect(try client.answer()[0] == "FAIL")
                    attempts += 1
                }
            }
            // As sender and user of a message, without line ends, which would only end the line.
            let plain = String(decoding: bytes.filter { $0 != 0 && $0 != 0x0a }, as: UTF8.self)
            policy.send(
                Array(
                    ("request=smtpd_access_policy\nsender=\(plain)\n"
                        + "client_address=\(Self.client)\nsasl_username=\(plain)\n"
                        + "encryption_protocol=TLSv1.3\nserver_port=465\n\n").utf8))
            #expect(try policy.readLine().hasPrefix("action="))
            _ = try policy.readLine()
            // As the name of an app password, in a grant and in a refusal.
            let secret = try AppPasswordText.makeGenerated()
            let mac = keys.appPassword.mac(account: account.text, secret: secret)
            _ = try store.addAppPassword(
                NewAppPassword(name: text, scope: Scope([.imap])), verifier: .mac(mac), account: account
            ) { _ in Change(at: .now(), actor: "test", subject: account.text, action: "test") }
            for service in ["imap", "pop3"] {
                _ = try clients[1].attempt(
                    account.text, TestSupport.text(AppPasswordText.display(secret)), service: service, from: Self.client
                )
                attempts += 1
            }
        }
        let said = daemon.stop()
        // Through the executable, which decides itself without a daemon.
        for text in labels {
            var program = Checkpassword(installation)
            program.environment["TCPREMOTEIP"] = Self.client
            _ = try program.run(request: Array(text.utf8) + [0] + Array("x".utf8) + [0, 0])
            program.environment["AUTH_SESSION"] = text
            _ = try program.run("alice@example.org", "wrong by itself \(text)")
            attempts += 2
        }

        #expect(installation.logLines.count == attempts)
        // The daemon's own messages go to the journal of its unit; readers must find no address in them.
        let ownLog = try installation.directory.write(said.error, to: "log/own.log")
        #expect(said.error.contains("submission refused"))
        for reader in try readers() {
            let found = try reader.found(installation.log)
            #expect(Set(found) == [Self.client], "\(reader.name): \(Set(found))")
            let guesses = installation.messages().count {
                $0.hasPrefix("Password mismatch") || $0.hasPrefix("unknown user")
            }
            // Lines without an address name no client.
            let without = installation.logLines.count { $0.contains(",-,<") && !$0.contains("postern(-,") }
            #expect(found.count <= guesses && found.count >= guesses - without, "\(reader.name): \(found.count)")
            #expect(try reader.found(ownLog) == [], "\(reader.name)")
        }
    }
}
