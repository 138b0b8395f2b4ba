import Bytes
import Credentials
import Foundation
import TestSupport
import Testing

/// `posternd` on its sockets, by wire.
struct DaemonTests {
    private static let alice = "alice@example.org"

    @Test func greetsBeforeTheClientSaysAWord() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        let greeting = try AuthClient(installation.authSocket).greeting
        let words = greeting.map { String($0.prefix { $0 != "\t" }) }
        #expect(words == ["VERSION", "MECH", "MECH", "SPID", "CUID", "COOKIE", "DONE"])
        #expect(greeting[0] == "VERSION\t1\t2" && greeting[3] == "SPID\t\(daemon.processID)")
        let other = try AuthClient(installation.dovecotSocket).greeting
        #expect(other[4] != greeting[4] && other[5] != greeting[5])
    }

    /// For a client that speaks first, too, the greeting comes before the answer, and once.
    @Test func greetsWhoeverSpeaksFirst() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        for path in [installation.dovecotSocket, installation.authSocket] {
            for (place, piece) in ["VERSION\t1\t2\n", "VERSION\t1\t2\nCPID\t1\nUSER"].enumerated() {
                let client = try LineClient(path: path)
                let request = "VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tservice=imap\trip=192.0.2.\(place)\tresp="
                let line = request + AuthClient.plain(Self.alice, "main secret") + "\n"
                if path == installation.dovecotSocket {
                    client.send(Array(piece.utf8))
                    usleep(20_000)
                    client.send(Array(((piece.hasSuffix("USER") ? "\t7\tnobody\n" : "") + line).utf8))
                } else {
                    client.send(Array(line.utf8))
                }
                var words: [String] = []
                while words.last != "OK" { words.append(String(try client.readLine().prefix { $0 != "\t" })) }
                let answers = words.drop { $0 != "DONE" }.dropFirst().filter { $0 != "NOTFOUND" }
                #expect(answers == ["OK"] && words.count { $0 == "DONE" } == 1 && words.first == "VERSION", "\(words)")
            }
        }
        #expect(daemon.stop().status == 0)
    }

    /// The same rows on each way there is: answers and messages are the same, one line each.
    @Test(arguments: DecisionRow.all.filter(\.isForMail))
    func decision(_ row: DecisionRow) throws {
        let installation = try ProgramInstallation("failure_delay = 0")
        let (store, keys) = try installation.open()
        let sent = try row.prepare(store, keys, now: .now())
        let daemon = try DaemonProcess(installation)
        let address = row.network == "-" ? nil : row.network
        let isGranted = row.outcome != "denied"
        let expected = isGranted ? "OK" : "FAIL"
        func expectOneLine() throws {
            let messages = installation.messages()
            #expect(messages.count == 1 && messages.first?.hasPrefix(row.expectedMessage) == true, "\(messages)")
            // Afresh: the same wrong secret would be known, and a grant makes the network known.
            try installation.stored.forgetGuesses()
            try Data().write(to: URL(filePath: installation.log))
        }
        for path in [installation.dovecotSocket, installation.authSocket] {
            let client = try AuthClient(path)
            let answer = try client.attempt(sent.userName, sent.password, service: row.service, from: address)
            #expect(answer.first == expected && !answer.contains { $0.hasPrefix("reason=") }, "\(answer)")
            if isGranted { #expect(answer.contains("user=user@row\(row.id).example.org")) }
            #expect(answer.contains("userdb_uid=5000") == (isGranted && path == installation.dovecotSocket))
            try expectOneLine()
        }
        var program = Checkpassword(installation)
        program.environment["SERVICE"] = row.service
        program.environment["TCPREMOTEIP"] = address
        // User dovecot may not reach a socket of root's.
        program.asDovecot = false
        #expect(try program.run(sent.userName, sent.password).status == (isGranted ? 0 : 1))
        try expectOneLine()
        #expect(daemon.stop().status == 0)
    }

    @Test func loginAndPlainWithAndWithoutInitialResponse() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.authSocket)
        func base64(_ text: String) -> String {
            String(decoding: Base64.encode(Array(text.utf8), padded: true), as: UTF8.self)
        }
        let granted = "user=\(Self.alice)"
        client.send("AUTH\t1\tLOGIN\tservice=smtp\trip=192.0.2.7")
        #expect(try client.answer() == ["CONT", "1", "VXNlcm5hbWU6"])
        client.send("CONT\t1\t\(base64(Self.alice))")
        #expect(try client.answer() == ["CONT", "1", "UGFzc3dvcmQ6"])
        client.send("CONT\t1\t\(base64("main secret"))")
        #expect(try client.answer() == ["OK", "1", granted])
        client.send("AUTH\t2\tLOGIN\tservice=smtp\tresp=\(base64(Self.alice))")
        #expect(try client.answer() == ["CONT", "2", "UGFzc3dvcmQ6"])
        client.send("CONT\t2\t\(base64("main secret"))")
        #expect(try client.answer() == ["OK", "2", granted])
        client.send("AUTH\t3\tPLAIN\tservice=smtp")
        #expect(try client.answer() == ["CONT", "3", ""])
        client.send("CONT\t3\t\(AuthClient.plain(Self.alice, "main secret"))")
        #expect(try client.answer() == ["OK", "3", granted])
        // Exim of minor version 0 sends an empty resp where there is none; later versions mean an empty response.
        let exim = try LineClient(path: installation.authSocket)
        exim.send(Array("VERSION\t1\t0\nCPID\t9\nAUTH\t1\tLOGIN\tservice=smtp\tresp=\n".utf8))
        while try exim.readLine() != "DONE" {}
        #expect(try exim.readLine() == "CONT\t1\tVXNlcm5hbWU6")
        client.send("AUTH\t4\tLOGIN\tprotocol=smtp\tresp=")
        #expect(try client.answer() == ["CONT", "4", "UGFzc3dvcmQ6"])
        // Whom SASL may be asked to sign in as: nobody else.
        client.send("AUTH\t5\tPLAIN\tservice=smtp\tresp=\(AuthClient.plain(Self.alice, "main secret", as: Self.alice))")
        #expect(try client.answer() == ["OK", "5", granted])
        client.send("AUTH\t6\tPLAIN\tservice=smtp\tresp=\(AuthClient.plain(Self.alice, "main secret", as: "bob"))")
        #expect(try client.answer().prefix(2) == ["FAIL", "6"])
        #expect(installation.messages().last == "Identity refused: bob")
        daemon.stop()
    }

    /// A denial takes its time; what is right overtakes it, and what was cancelled is not answered.
    @Test func manyInFlightInAnyOrder() throws {
        let installation = try ProgramInstallation("failure_delay = 8s")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.authSocket)
        let wrong = client.begin(Self.alice, "wrong")
        let cancelled = client.begin(Self.alice, "wrong too")
        client.send("CANCEL\t\(cancelled)")
        let right = (0..<20).map { _ in client.begin(Self.alice, "main secret") }
        let answers = try (0..<21).map { _ in try client.answer() }
        #expect(answers.dropLast().allSatisfy { $0[0] == "OK" } && Set(answers.dropLast().map { $0[1] }).count == 20)
        #expect(answers.last?.prefix(2) == ["FAIL", "\(wrong)"])
        #expect(right.count == 20)
        let last = client.begin(Self.alice, "main secret")
        #expect(try client.answer().prefix(2) == ["OK", "\(last)"])
        daemon.stop()
    }

    /// On connections already open, at the very next attempt.
    @Test func changesCountAtOnce() throws {
        let installation = try ProgramInstallation("failure_delay = 0")
        try installation.addAccount()
        let phone = try installation.createAppPassword()
        let compact = try installation.createAppPassword(Self.alice, ["--compact"])
        let daemon = try DaemonProcess(installation)
        let clients = try (0..<4).map { _ in try AuthClient(installation.dovecotSocket) }
        func answers(_ secret: String) throws -> Set<String> {
            Set(try clients.map { try $0.attempt(Self.alice, secret)[0] })
        }
        for secret in [phone, compact, "main secret"] { #expect(try answers(secret) == ["OK"]) }
        #expect(try installation.postern(["second-factor", "external", "on", Self.alice]).status == 0)
        #expect(try answers("main secret") == ["FAIL"])
        #expect(try answers(phone) == ["OK"])
        #expect(try answers(compact) == ["OK"])
        #expect(try installation.postern(["app-password", "revoke", Self.alice, "--all"]).status == 0)
        #expect(try answers(phone) == ["FAIL"])
        #expect(try answers(compact) == ["FAIL"])
        #expect(try installation.postern(["second-factor", "external", "off", Self.alice]).status == 0)
        #expect(try answers("main secret") == ["OK"])
        #expect(try installation.postern(["account", "disable", Self.alice]).status == 0)
        #expect(try answers("main secret") == ["FAIL"])
        daemon.stop()
    }

    /// Never a denial: each door has its own way to say "not now", and works again once the cause is gone.
    @Test func outages() throws {
        let installation = try ProgramInstallation("failure_delay = 0")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let dovecot = try AuthClient(installation.dovecotSocket)
        #expect(try dovecot.attempt(Self.alice, "main secret")[0] == "OK")
        let away = installation.directory.file("away.db")
        for (breakIt, mend) in [
            (["mv", installation.database, away], ["mv", away, installation.database]),
            (
                [
                    "sh", "-c",
                    "cp \(installation.database) \(away); echo garbage > \(installation.database).x; mv \(installation.database).x \(installation.database)",
                ],
                ["mv", away, installation.database]
            ),
        ] {
            #expect(try installation.doctor().levels(of: "database") == ["good"])
            try installation.stored.emptyLog()
            try requireSuccess(breakIt)
            usleep(20_000)
            #expect(try dovecot.attempt(Self.alice, "main secret") == ["FAIL", "\(dovecot.last)", "code=temp_fail"])
            let postfix = try AuthClient(installation.authSocket)
            _ = postfix.begin(Self.alice, "main secret")
            #expect(postfix.lines.isAtEnd())
            let policy = try LineClient(path: installation.policySocket)
            policy.send(
                Array(
                    "request=smtpd_access_policy\nsasl_username=\(Self.alice)\nencryption_protocol=TLSv1.3\nserver_port=465\n\n"
                        .utf8))
            #expect(policy.isAtEnd())
            var program = Checkpassword(installation)
            program.asDovecot = false
            #expect(try program.run(Self.alice, "main secret").status == 111)
            #expect(
                installation.messages().allSatisfy {
                    !$0.hasPrefix("Password mismatch") && !$0.hasPrefix("unknown user")
                })
            try requireSuccess(mend)
            usleep(20_000)
            #expect(try dovecot.attempt(Self.alice, "main secret")[0] == "OK")
        }
        #expect(installation.messages().contains { $0.hasPrefix("Temporary failure: database") })
        daemon.stop()
    }

    /// More than may wait are told so at once; those with generated app passwords do not notice.
    @Test func fullHashQueue() throws {
        let installation = try ProgramInstallation(
            ProgramInstallation.unthrottled + "hash_workers = 1\nhash_queue = 2", hashPasses: 16)
        try installation.addAccount()
        let phone = try installation.createAppPassword()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        // In one piece: nothing is hashed in between.
        let requests = (101...120).map { number in
            "AUTH\t\(number)\tPLAIN\tservice=imap\trip=192.0.2.7\tresp="
                + AuthClient.plain("nobody\(number)@example.org", "x")
        }
        client.send(requests.joined(separator: "\n"))
        let fast = client.begin(Self.alice, phone)
        let answers = try (0..<21).map { _ in try client.answer() }
        let busy = answers.filter { $0.contains("code=temp_fail") }
        #expect(busy.count == 17, "\(answers)")
        #expect(answers.prefix(18).contains { $0[0] == "OK" && $0[1] == "\(fast)" })
        #expect(answers.suffix(3).allSatisfy { $0[0] == "FAIL" && !$0.contains("code=temp_fail") })
        #expect(installation.messages().filter { $0.contains("hash_queue") }.count == 17)
        daemon.stop()
    }

    /// Requests that are open are answered before it ends.
    @Test func stopsWithoutLosingAnAnswer() throws {
        let installation = try ProgramInstallation("failure_delay = 1s")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.authSocket)
        let idle = try AuthClient(installation.authSocket)
        let ids = (0..<5).map { client.begin("nobody\($0)@example.org", "x") }
        #expect(try eventually { installation.logLines.count == 5 })
        daemon.send(SIGTERM)
        let answers = try ids.map { _ in try client.answer() }
        #expect(answers.allSatisfy { $0[0] == "FAIL" } && Set(answers.map { $0[1] }).count == 5)
        #expect(client.lines.isAtEnd() && idle.lines.isAtEnd())
        #expect(daemon.stop().status == 0)
        for socket in [installation.authSocket, installation.dovecotSocket, installation.policySocket] {
            #expect(!FileManager.default.fileExists(atPath: socket))
        }
    }

    /// Last-used marks are written at the end, and every few seconds; a killed daemon loses those seconds of them.
    @Test func lastUseIsOnRecord() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let phone = try installation.createAppPassword()
        let (store, _) = try installation.open()
        let account = try World.name(Self.alice)
        let first = try DaemonProcess(installation)
        #expect(try AuthClient(installation.dovecotSocket).attempt(Self.alice, "main secret")[0] == "OK")
        first.stop()
        #expect(try store.lastUses(account: account)["main"]?.way?.service == "imap")
        let second = try DaemonProcess(installation)
        #expect(try AuthClient(installation.dovecotSocket).attempt(Self.alice, phone, service: "pop3")[0] == "OK")
        #expect(try eventually { try store.lastUses(account: account).values.contains { $0.way?.service == "pop3" } })
        #expect(second.stop(SIGKILL).wasKilled)
        let third = try DaemonProcess(installation)
        #expect(try AuthClient(installation.dovecotSocket).attempt(Self.alice, phone)[0] == "OK")
        third.stop()
    }

    /// A rotated log goes on in the new file, within a second.
    @Test func followsItsLogFile() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        _ = try client.attempt(Self.alice, "main secret")
        try FileManager.default.moveItem(atPath: installation.log, toPath: installation.log + ".1")
        daemon.send(SIGHUP)
        var attempts = 1
        let follows = try eventually {
            _ = try client.attempt(Self.alice, "main secret")
            attempts += 1
            return !installation.logLines.isEmpty
        }
        #expect(follows)
        #expect(installation.logLines.count + lines(of: installation.log + ".1").count == attempts)
        daemon.stop()
    }

    @Test func whereTheMailIs() throws {
        let installation = try ProgramInstallation("mail_home = /mail/%d/%n")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        client.send("USER\t7\tAlice@example.org\tservice=lmtp")
        #expect(
            try client.answer() == ["USER", "7", Self.alice, "uid=5000", "gid=5000", "home=/mail/example.org/alice"])
        client.send("USER\t8\tnobody@example.org")
        #expect(try client.answer() == ["NOTFOUND", "8"])
        // Not for those who send mail.
        let postfix = try AuthClient(installation.authSocket)
        postfix.send("USER\t7\t\(Self.alice)")
        #expect(postfix.lines.isAtEnd())
        daemon.stop()
    }

    /// A webmail says who signs out as it was told: under a stored name that is older than canonical names.
    @Test func signOutOfAStoredName() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount("user@exämple.org")
        let canonical = "user@xn--exmple-cua.org"
        try installation.stored.respell(canonical, as: "user@exämple.org", canonical: canonical)
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let client = try AuthClient(installation.dovecotSocket)
        let message = AuthClient.plain(canonical, "main secret")
        client.send("AUTH\t1\tPLAIN\tservice=web\trip=192.0.2.7\tsession=s\tapp-password\tresp=\(message)")
        let granted = try client.answer()
        #expect(granted.contains("user=user@exämple.org"), "\(granted)")
        let secret = try #require(granted.last { $0.hasPrefix("app_password=") }).dropFirst("app_password=".count)
        client.send("SIGNOUT\t2\tuser@exämple.org\ts")
        #expect(try client.answer()[0] == "OK")
        #expect(try client.attempt("user@exämple.org", String(secret), from: "127.0.0.1")[0] == "FAIL")
        let last = installation.messages().last
        #expect(last?.hasPrefix("App password refused: ") == true, "\(installation.messages())")
    }
}
