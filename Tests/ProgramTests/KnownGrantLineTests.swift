import Bytes
import Foundation
import TestSupport
import Testing

/// Requests that are granted from memory are answered and logged as those that are looked up: two daemons on one database, of
/// which one writes its log as JSON and so remembers nothing.
struct KnownGrantLineTests {
    private struct Pair {
        let installation: ProgramInstallation
        let daemons: [DaemonProcess]
        let logs: [String]
        let secret: String

        init(_ settings: String = "") throws {
            installation = try ProgramInstallation(ProgramInstallation.unthrottled + settings)
            try installation.addAccount()
            secret = try installation.createAppPassword()
            let directory = installation.directory
            let other = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
                .replacing(installation.log, with: directory.file("log/other.log"))
                .replacing("_socket = \(directory.file(""))", with: "_socket = \(directory.file("other-"))")
            try directory.write(other + "log_format = json\n", to: "other.conf")
            logs = [installation.log, directory.file("log/other.log")]
            daemons = [
                try DaemonProcess(installation),
                try DaemonProcess(
                    installation, configurationFile: directory.file("other.conf"),
                    waitingFor: directory.file("other-dovecot")),
            ]
        }

        var sockets: [String] { [installation.dovecotSocket, installation.directory.file("other-dovecot")] }
    }

    /// Of the last line: user, address, session and message.
    private static func parts(_ log: String) throws -> [String] {
        let line = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").last.map(String.init) ?? ""
        if let found = line.firstMatch(of: /postern\(([^,]*),([^,]*),<([^>]*)>\): (.*)$/) {
            return [found.1, found.2, found.3, found.4].map(String.init)
        }
        let text = line.drop { $0 != "{" }
        let members = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return ["user", "address", "session", "message"].map { members[$0] ?? "" }
    }

    @Test func sameAnswersAndLines() throws {
        let pair = try Pair()
        defer { pair.daemons.forEach { $0.stop() } }
        func message(_ user: String, _ secret: String) -> String { AuthClient.plain(user, secret) }
        let (alice, secret) = ("alice@example.org", pair.secret)
        let right = message(alice, secret)
        let unpadded = right.replacing("=", with: "")
        let plain = "PLAIN\tservice=imap\trip=192.0.2.7\tsession=s1\tresp=" + right
        let requests = [
            plain, plain.replacing("service=", with: "protocol="), plain.replacing("imap", with: "imaps"),
            plain.replacing("imap", with: "submission"), plain.replacing("imap", with: "sieve"),
            plain.replacing("imap", with: "pop3"), plain.replacing("imap", with: "web"),
            plain.replacing("imap", with: "gopher"), plain.replacing("imap", with: ""),
            plain.replacing("service=imap\t", with: ""), plain.replacing("service=imap", with: "service"),
            plain.replacing("\trip=192.0.2.7", with: ""), plain.replacing("192.0.2.7", with: ""),
            plain.replacing("192.0.2.7", with: "2001:db8::7"), plain.replacing("192.0.2.7", with: "::ffff:192.0.2.9"),
            plain.replacing("192.0.2.7", with: "192.0.2.07"), plain.replacing("192.0.2.7", with: "192.0.2"),
            plain.replacing("192.0.2.7", with: "192.0.2.7 "), plain.replacing("192.0.2.7", with: "1.2.3.4.5"),
            plain.replacing("192.0.2.7", with: "192.0.2.256"), plain.replacing("192.0.2.7", with: "0.0.0.0"),
            plain.replacing("rip=192.0.2.7", with: "rip"), plain.replacing("s1", with: ""),
            plain.replacing("session=s1", with: "session"), plain.replacing("\tsession=s1", with: ""),
            plain.replacing("s1", with: "\u{1}t\u{1}n,<>): x"), plain.replacing("s1", with: "ü(),<"),
            plain.replacing("s1", with: String(repeating: "x", count: 300)),
            plain.replacing("session=s1", with: "session=s1\tsession=s2"),
            plain.replacing("session=s1", with: "secured\tno-penalty\tlip=192.0.2.1\tunknown=1\tsession=s1"),
            plain.replacing("service=imap", with: "service=imap\tservice=smtp"),
            plain.replacing("service=imap", with: "service=imap\tapp-password"),
            plain.replacing("service=imap", with: "service=imap\tcode=123456"),
            plain.replacing("service=imap", with: "service=imap\tmaster-user=root"),
            plain.replacing("PLAIN", with: "plain"), plain.replacing("PLAIN", with: "LOGIN"),
            plain.replacing("PLAIN", with: "CRAM-MD5"), plain.replacing("PLAIN", with: ""),
            plain.replacing(right, with: unpadded), plain.replacing(right, with: right + "="),
            plain.replacing(right, with: ""), plain.replacing(right, with: "="), plain.replacing(right, with: "!"),
            plain.replacing("\tresp=" + right, with: ""), plain + "\tservice=smtp",
            "PLAIN\tservice=imap\tresp=" + message("ALICE@Example.org", secret),
            "PLAIN\tservice=imap\tresp=" + message(" alice@example.org\t", secret),
            "PLAIN\tservice=imap\tresp=" + message("alice@EXAMPLE.ORG", secret.uppercased()),
            "PLAIN\tservice=imap\tresp=" + message(alice, secret.replacing("-", with: " ")),
            "PLAIN\tservice=imap\tresp=" + message(alice, secret.replacing("-", with: "")),
            "PLAIN\tservice=imap\tresp=" + message(alice, secret.replacing("-", with: "\u{2013}")),
            "PLAIN\tservice=imap\tresp=" + message(alice, secret + "\r\n"),
            "PLAIN\tservice=imap\tresp=" + message("alice", secret),
            "PLAIN\tservice=imap\tresp=" + message("bob@example.org", secret),
            "PLAIN\tservice=imap\tresp=" + message("al ice@example.org", secret),
            "PLAIN\tservice=imap\tresp=" + message("", secret), "PLAIN\tservice=imap\tresp=" + message(alice, ""),
            "PLAIN\tservice=imap\tresp=" + AuthClient.plain(alice, secret, as: alice),
            "PLAIN\tservice=imap\tresp=" + AuthClient.plain(alice, secret, as: "bob@example.org"),
            "PLAIN\tservice=imap\tresp=" + message(alice, secret + "\0"),
            "PLAIN\tservice=imap\tresp=" + message(alice, String(repeating: "x", count: 2000)),
        ]
        var granted = 0
        for (index, request) in requests.enumerated() {
            // What is not granted, or ends the connection, is remembered and counted: the word is the same.
            for id in ["\(index + 1)", "00\(index + 1)"] {
                var answers: [[String]] = []
                for (number, socket) in pair.sockets.enumerated() {
                    let client = try AuthClient(socket)
                    if number == 0 { _ = try client.attempt(alice, secret) }
                    client.send("AUTH\t\(id)\t\(request)")
                    let answer = (try? client.answer()) ?? ["closed"]
                    answers.append(answer.first == "OK" ? answer : Array(answer.prefix(1)))
                }
                #expect(answers[0] == answers[1], "\(request.debugDescription): \(answers)")
                guard answers[0].first == "OK" else { continue }
                granted += 1
                let lines = try pair.logs.map(Self.parts)
                #expect(lines[0] == lines[1], "\(request.debugDescription): \(lines)")
            }
        }
        #expect(granted > 60)
    }

    /// Where the mail is and who it is of is said alike: by the ordinary way, from the row, and from what is known.
    @Test(arguments: [
        "", "default_domain = example.org\n", "mail_home = /srv/%%u/%d/%n/%u%%/x\n",
        "mail_home = /srv/fixed\n",
    ])
    func sameMailboxes(_ settings: String) throws {
        let pair = try Pair(settings)
        defer { pair.daemons.forEach { $0.stop() } }
        let installation = pair.installation
        var secrets = ["alice@example.org": pair.secret]
        for account in ["o'neil+x=&{}@example.org", "own@example.org", "fields@example.org", "domain@example.net"] {
            try installation.addAccount(account)
            secrets[account] = try installation.createAppPassword(account)
        }
        for words in [
            ["account", "mailbox", "own@example.org", "--uid", "1", "--gid", "2", "--home", "/own here"],
            ["account", "mailbox", "fields@example.org", "--field", "quota=a\u{1}b", "--field", "mail=maildir:~/%d"],
            ["domain", "mailbox", "example.net", "--home", "/net/%n%%", "--field", "x=%u"],
        ] {
            let set = try installation.postern(words)
            #expect(set.status == 0, "\(words): \(set)")
        }
        for (account, secret) in secrets.sorted(by: { $0.key < $1.key }) {
            var spellings = [account, account.uppercased()]
            if settings.hasPrefix("default"), account.hasSuffix("org") {
                spellings.append(String(account.prefix { $0 != "@" }))
            }
            for (name, service) in spellings.flatMap({ [($0, "imap"), ($0, "smtp")] }) {
                // Nothing is known after a change.
                _ = try installation.createAppPassword()
                let request =
                    "AUTH\t7\tPLAIN\tservice=\(service)\trip=192.0.2.7\tsession=s\tresp="
                    + AuthClient.plain(name, secret)
                // Twice on one connection, and so on one event loop: what was found the first time is known.
                let clients = try pair.sockets.map { try AuthClient($0) }
                let answers = try [0, 0, 1].map { number in
                    clients[number].send(request)
                    return (try clients[number].answer(), try Self.parts(pair.logs[number]))
                }
                #expect(answers[0].0 == answers[1].0 && answers[0].0 == answers[2].0, "\(name) \(service): \(answers)")
                #expect(answers[0].1 == answers[1].1 && answers[0].1 == answers[2].1, "\(name) \(service): \(answers)")
            }
        }
    }
}
