import Credentials
import Foundation
import TestSupport
import Testing

/// `postern-checkpassword` as Dovecot runs it.
struct CheckpasswordTests {
    @Test func grantsWithUserdbFields() throws {
        let installation = try ProgramInstallation("mail_home = /mail/%d/%n")
        try installation.addAccount()
        let answer = try Checkpassword(installation).run("alice@example.org", "main secret")
        #expect(answer.status == 0 && answer.error == "")
        #expect(
            answer.reply
                == "user=alice@example.org\tuserdb_uid=5000\tuserdb_gid=5000\tuserdb_home=/mail/example.org/alice\t")
    }

    @Test func accountsOwnMailbox() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        // Nothing is taken away by a look, and no template is taken for a path.
        for wrong in [
            [], ["--home", "/srv/%d/%n"], ["--field", "uid=0"], ["--field", "userdb_mail=x"],
            ["--uid", "7", "--reset"],
        ] {
            #expect(
                try installation.postern(["account", "mailbox", "alice@example.org"] + wrong).status == 64, "\(wrong)")
        }
        let set = ["account", "mailbox", "alice@example.org", "--uid", "7", "--gid", "8", "--home", "/elsewhere"]
        #expect(try installation.postern(set).status == 0)
        let answer = try Checkpassword(installation).run("alice@example.org", "main secret")
        #expect(answer.reply == "user=alice@example.org\tuserdb_uid=7\tuserdb_gid=8\tuserdb_home=/elsewhere\t")
    }

    @Test func deniesWithoutAWord() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        for (user, password) in [("alice@example.org", "wrong"), ("nobody@example.org", "x"), ("a b", "x"), ("", "")] {
            let answer = try Checkpassword(installation).run(user, password)
            #expect(answer.status == 1 && answer.reply == "" && answer.error == "")
        }
        #expect(installation.logLines.count == 4)
    }

    /// The same rows as against the library, one line each.
    @Test(arguments: DecisionRow.all.filter(\.isForMail))
    func decision(_ row: DecisionRow) throws {
        let installation = try ProgramInstallation()
        let (store, keys) = try installation.open()
        let sent = try row.prepare(store, keys, now: .now())
        var program = Checkpassword(installation)
        program.environment["SERVICE"] = row.service
        program.environment["TCPREMOTEIP"] = row.network == "-" ? nil : row.network
        let answer = try program.run(sent.userName, sent.password)
        #expect(answer.status == (row.outcome == "denied" ? 1 : 0), "\(answer)")
        let messages = installation.messages()
        #expect(messages.count == 1 && messages.first?.hasPrefix(row.expectedMessage) == true, "\(messages)")
    }

    @Test func lookUps() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        #expect(try installation.postern(["account", "disable", "alice@example.org"]).status == 0)
        for mode in [["AUTHORIZED": "1"], ["AUTHORIZED": "1", "CREDENTIALS_LOOKUP": "1", "SCHEME": ""]] {
            var program = Checkpassword(installation)
            program.environment.merge(mode) { $1 }
            // Mail for a disabled account is still delivered.
            let found = try program.run("Alice@example.org", "")
            #expect(found.status == 2 && found.reply.hasPrefix("user=alice@example.org\tuserdb_uid=5000\t"))
            #expect(!found.reply.contains("password"))
            let missing = try program.run("nobody@example.org", "")
            #expect(missing.status == 3 && missing.reply == "")
            #expect(try program.run("a b", "").status == 3)
        }
        // A look-up is no sign-in, whatever stands where the password would.
        var program = Checkpassword(installation)
        program.environment["AUTHORIZED"] = "1"
        #expect(try program.run("alice@example.org", "main secret").status == 2)
        #expect(installation.logLines.isEmpty)
    }

    @Test func masterUsersAreNotForUs() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        var program = Checkpassword(installation)
        program.environment["MASTER_USER"] = "admin@example.org"
        #expect(try program.run("alice@example.org", "main secret").status == 1)
        #expect(installation.messages() == ["Identity refused: master user admin@example.org"])
        // A look-up for a mechanism that does not show the password would let a master user in: there is no credential.
        program.environment["CREDENTIALS_LOOKUP"] = "1"
        program.environment["AUTHORIZED"] = "1"
        #expect(try program.run("alice@example.org", "").status == 3)
        program.environment["MASTER_USER"] = nil
        #expect(try program.run("alice@example.org", "").status == 2)
        program.environment["SCHEME"] = "CRAM-MD5"
        #expect(try program.run("alice@example.org", "").status == 3)
    }

    /// Dovecot's children inherit each other's pipes: the end of descriptor 3 may never come.
    @Test func doesNotWaitForTheEndOfTheRequest() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let fifo = installation.directory.file("fifo")
        #expect(mkfifo(fifo, 0o600) == 0)
        let program = [Repository.program("postern-checkpassword"), "--config", installation.configurationFile]
        // The writer keeps the fifo open for longer than the test may take.
        let script =
            #"( printf 'alice@example.org\0main secret\0\0'; exec sleep 60 ) > "$0" & writer=$!; "$@" 3<"$0" 4>/dev/null; status=$?; kill -9 $writer; exit $status"#
        let started = Date()
        let result = try run(
            ["/bin/sh", "-c", script, fifo] + program, environment: ["SERVICE": "imap", "TCPREMOTEIP": "192.0.2.7"])
        #expect(result.status == 0)
        #expect(Date().timeIntervalSince(started) < 30)
    }

    /// The program that decides is found beside the program itself, not beside a link to it.
    @Test func byALinkInAnotherDirectory() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let other = TemporaryDirectory()
        let link = other.file("postern-checkpassword")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: installation.checkpassword)
        let request = installation.directory.file("request")
        try Data("alice@example.org\0main secret\0\0".utf8).write(to: URL(filePath: request))
        let script = #"exec "$@" 3<"$0" 4>/dev/null"#
        let program = [link, "--config", installation.configurationFile]
        let result = try run(["/bin/sh", "-c", script, request] + program, environment: ["SERVICE": "imap"])
        #expect(result.status == 0, "\(result)")
    }

    @Test(arguments: [["--verbose"], ["--config"], ["--config", "x", "y", "z"], ["a", "b"]])
    func misuse(_ arguments: [String]) throws {
        let script = #"exec "$@" 3</dev/null 4>/dev/null"#
        let result = try run(["/bin/sh", "-c", script, "sh", Repository.program("postern-checkpassword")] + arguments)
        #expect(result.status == 111 && result.error.hasPrefix("postern-checkpassword: "))
    }

    @Test func withoutDescriptorFour() throws {
        let result = try run([
            "/bin/sh", "-c", #"exec "$@" 3</dev/null 4>&-"#, "sh", Repository.program("postern-checkpassword"),
        ])
        #expect(result.status == 111 && result.error.contains(" 4 "), "\(result)")
    }

    /// Hostile requests and environments: no crash, never a yes.
    @Test func anyRequest() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        var generator = SystemRandomNumberGenerator()
        var requests: [[UInt8]] = [
            [], [0], [0, 0], [0, 0, 0], Array("alice@example.org".utf8), Array("alice@example.org\0main secret".utf8),
            Array("alice@example.org\0main secret\0".utf8), [UInt8](repeating: 0x61, count: 512),
            [UInt8](repeating: 0x61, count: 600), [0xff, 0xfe, 0, 0xff, 0, 0], [0, 0, 0, 0, 0, 0],
            Array("\0main secret\0\0".utf8), Array("alice@example.org\0\0main secret\0".utf8),
        ]
        for _ in 0..<60 {
            requests.append((0..<512).map { _ in UInt8.random(in: 0...255, using: &generator) })
            requests.append(
                (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                    [0, 0x61, 0x40, 0xff].randomElement(using: &generator) ?? 0
                })
        }
        for request in requests {
            let answer = try Checkpassword(installation).run(request: request)
            #expect(
                !answer.wasKilled && [1, 111].contains(answer.status) && answer.reply == "", "\(request) \(answer)")
        }
    }

    @Test func anyEnvironment() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let texts = Injection.all.map { String(decoding: $0.filter { $0 != 0 }, as: UTF8.self) }
        for text in texts + ["", String(repeating: "x", count: 100_000)] {
            for name in ["SERVICE", "TCPREMOTEIP", "AUTH_SESSION", "MASTER_USER"] {
                var program = Checkpassword(installation)
                program.environment[name] = text
                let answer = try program.run("alice@example.org", "wrong")
                #expect(!answer.wasKilled && [1, 111].contains(answer.status), "\(name) \(text) \(answer)")
            }
        }
        for line in installation.logLines { #expect(LogLine.message(line) != nil, "\(line)") }
    }

    /// Last use is on record soon after a sign-in, and an older hash is replaced without its waiting for that.
    @Test func marksAndUpgrades() throws {
        let installation = try ProgramInstallation()
        let old = "{SHA}" + "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
        let added = try installation.postern(
            ["account", "add", "alice@example.org", "--hash-stdin"], input: old + "\n")
        #expect(added.status == 0)
        #expect(try Checkpassword(installation).run("alice@example.org", "abc").status == 0)
        let (store, _) = try installation.open()
        let alice = try World.name("alice@example.org")
        #expect(try store.lastUses(account: alice)["main"]?.way?.service == "imap")
        #expect(try store.knows(Network(of: IPAddress("192.0.2.7")), account: alice))
        var hash = old
        for _ in 0..<100 where hash == old {
            hash = try store.account(alice)?.mainHash ?? old
            usleep(50_000)
        }
        #expect(hash.hasPrefix("$argon2id$v=19$m=8192,t=1,p=1$"))
        #expect(try Checkpassword(installation).run("alice@example.org", "abc").status == 0)
    }

    /// Nobody there: it decides by itself. Somebody there who does not answer, or may not be asked: 111, and the log says
    /// so, since deciding twice could count a guess twice.
    @Test func daemonThatIsNotThereOrDoesNotAnswer() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let program = Checkpassword(installation)
        let daemon = try DaemonProcess(installation)
        try requireSuccess(["chmod", "0666", installation.dovecotSocket])
        daemon.stop(SIGKILL)
        #expect(FileManager.default.fileExists(atPath: installation.dovecotSocket))
        #expect(try program.run("alice@example.org", "main secret").status == 0)
        try FileManager.default.removeItem(atPath: installation.dovecotSocket)
        #expect(try program.run("alice@example.org", "main secret").status == 0)

        let script = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); os.chmod(sys.argv[1], 0o666)
            while True: s.accept()[0].close()
            """
        let server = try Child(["python3", "-c", script, installation.dovecotSocket])
        defer {
            server.send(SIGKILL)
            _ = server.wait()
        }
        #expect(try eventually { (try? LineClient(path: installation.dovecotSocket)) != nil })
        #expect(try program.run("alice@example.org", "main secret").status == 111)
        #expect(try program.run("alice@example.org", "wrong").status == 111)
        try requireSuccess(["chmod", "0600", installation.dovecotSocket])
        #expect(try program.run("alice@example.org", "main secret").status == 111)
        let messages = installation.messages()
        #expect(
            messages.count == 5
                && messages.suffix(3).allSatisfy { $0.hasPrefix("Temporary failure: posternd does not answer") })
    }
}
