import Bytes
import Foundation
import TestSupport
import Testing

/// `postern notify` and a mail server on loopback.
struct NotifyTests {
    private static let alice = "alice@example.org"

    /// A mail server that keeps what it is given. It says no to some recipients, and on request to everybody.
    private final class Sink {
        let port: Int
        private let child: Child
        private let directory = TemporaryDirectory()

        init() throws {
            let script = """
                import os, socket, sys
                folder = sys.argv[1]
                server = socket.create_server(("127.0.0.1", 0))
                open(folder + "/port.new", "w").write(str(server.getsockname()[1]))
                os.rename(folder + "/port.new", folder + "/port")
                count = 0
                while True:
                    peer = server.accept()[0].makefile("rwb")
                    def say(text): peer.write(text.encode() + b"\\r\\n"); peer.flush()
                    say("451 not now" if os.path.exists(folder + "/busy") else "220 sink")
                    while line := peer.readline():
                        word = line.split(b" ")[0].strip().upper()
                        if word == b"EHLO": say("250-sink"); say("250 SMTPUTF8")
                        elif word == b"RCPT" and b"<bob@" in line: say("550 no such user")
                        elif word == b"RCPT" and b"<carol@" in line and os.path.exists(folder + "/full"): say("452 full")
                        elif word == b"DATA":
                            say("354 go on")
                            text = b""
                            while (line := peer.readline()) != b".\\r\\n": text += line
                            count += 1
                            open(f"{folder}/mail.{count}", "wb").write(text)
                            say("250 kept")
                        elif word == b"QUIT": say("221 bye"); break
                        else: say("250 ok")
                    peer.close()
                """
            child = try Child(["/usr/bin/python3", "-c", script, directory.path])
            let file = directory.file("port")
            guard try eventually({ FileManager.default.fileExists(atPath: file) }) else {
                throw TestFailure("no mail server")
            }
            port = Int(try String(contentsOfFile: file, encoding: .utf8)) ?? 0
        }

        deinit {
            child.send(SIGKILL)
            _ = child.wait()
        }

        /// - Parameter what: `busy` for everybody, `full` for carol.
        func set(_ what: String, _ isOn: Bool) throws {
            let file = directory.file(what)
            if isOn { try directory.write("", to: what) } else { try FileManager.default.removeItem(atPath: file) }
        }

        /// Headers and decoded bodies of the mails so far.
        func mails() throws -> [(headers: String, body: String)] {
            try (1...).lazy.map { self.directory.file("mail.\($0)") }
                .prefix { FileManager.default.fileExists(atPath: $0) }
                .map { file in
                    let text = try String(contentsOfFile: file, encoding: .utf8)
                    let parts = text.components(separatedBy: "\r\n\r\n")
                    let body = parts[1].replacing("\r\n", with: "")
                    return (parts[0], String(decoding: Data(base64Encoded: body) ?? Data(), as: UTF8.self))
                }
        }
    }

    @Test func tellsOwners() throws {
        let sink = try Sink()
        let installation = try ProgramInstallation(
            """
            notify_from = postmaster@example.org
            notify_port = \(sink.port)
            portal_origin = https://mail-access.example.org
            """)
        try installation.addAccount()
        try installation.addAccount("bob@example.org")
        try installation.addAccount("jörg@example.org")
        func notify() throws -> CommandResult { try installation.postern(["notify"]) }
        #expect(try notify().status == 0)
        #expect(try sink.mails().isEmpty)
        let name = "Phone\u{202e}=?utf-8?Q?x?= <b>"
        _ = try installation.perform(["app-password", "create", Self.alice, "--name", "Ann's <Phone>, 1st"])
        #expect(try installation.postern(["app-password", "create", Self.alice, "--name", name]).status == 64)
        try installation.perform(["app-password", "create", "bob@example.org", "--name", "Phone"])
        try installation.perform(["app-password", "create", "jörg@example.org", "--name", "Phone"])
        try installation.perform(["account", "password", Self.alice, "--password-stdin"], input: "a new main secret\n")
        // A server that is busy gets them later; nothing is lost.
        try sink.set("busy", true)
        let late = try notify()
        #expect(late.status == 75 && late.error.contains("451"), "\(late)")
        try sink.set("busy", false)
        let told = try notify()
        #expect(told.status == 0 && told.error.contains("bob@example.org; not told"), "\(told)")
        #expect(try notify().status == 0)
        let mails = try sink.mails()
        #expect(mails.count == 2)
        let mail = try #require(mails.first)
        for header in [
            "From: <postmaster@example.org>", "To: <alice@example.org>", "Subject: Notice about your mail account",
            "Auto-Submitted: auto-generated", "Content-Type: text/plain; charset=utf-8",
        ] {
            #expect(mail.headers.components(separatedBy: "\r\n").contains(header), "\(header): \(mail.headers)")
        }
        #expect(!mail.headers.contains("Phone"))
        #expect(mail.body.contains("The app password “Ann's <Phone>, 1st” was made."))
        #expect(mail.body.contains("The main password was changed."))
        #expect(mail.body.contains("https://mail-access.example.org/password?not-me=1"))
        #expect(mail.body.matches(of: /[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}/).isEmpty)
    }

    /// One mailbox that is full makes nobody else wait, and nobody is told twice.
    @Test func oneThatHasToWait() throws {
        let sink = try Sink()
        let installation = try ProgramInstallation(
            "notify_from = postmaster@example.org\nnotify_port = \(sink.port)\nevent_command = /bin/true")
        for name in [Self.alice, "carol@example.org", "dave@example.org"] { try installation.addAccount(name) }
        try installation.perform(["notify"])
        for name in [Self.alice, "carol@example.org", "dave@example.org"] {
            try installation.perform(["app-password", "create", name, "--name", "Phone"])
        }
        try sink.set("full", true)
        for _ in 0..<3 { #expect(try installation.postern(["notify"]).status == 75) }
        #expect(try sink.mails().count == 2)
        try sink.set("full", false)
        try installation.perform(["notify"])
        try installation.perform(["notify"])
        let mails = try sink.mails()
        #expect(mails.count == 3 && mails.last?.headers.contains("To: <carol@example.org>") == true)
    }

    @Test func runsAProgram() throws {
        let installation = try ProgramInstallation("event_command = /bin/sh EVENTS")
        let script = installation.directory.file("events")
        let collected = installation.directory.file("collected")
        try installation.directory.write("cat >>\(collected)\n", to: "events")
        let configuration = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try configuration.replacing("EVENTS", with: script)
            .write(toFile: installation.configurationFile, atomically: true, encoding: .utf8)
        try requireSuccess(["chmod", "0777", installation.directory.path])
        try installation.addAccount()
        try installation.perform(["notify"])
        try installation.perform(["app-password", "create", Self.alice, "--name", "A \"b\" $(touch x)"])
        try installation.perform(["notify"])
        try installation.perform(["notify"])
        let lines = TestSupport.lines(of: collected)
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#""event":"app-password-made","label":"A \"b\" $(touch x)""#) == true, "\(lines)")
        // One that takes too long is stopped, and gets the events again.
        try installation.directory.write("sleep 60\n", to: "events")
        try installation.perform(["app-password", "create", Self.alice, "--name", "Late"])
        let slow = try installation.postern(["notify"])
        #expect(slow.status == 75 && slow.error.contains("event_command"), "\(slow)")
        try installation.directory.write("cat >>\(collected)\n", to: "events")
        try installation.perform(["notify"])
        #expect(TestSupport.lines(of: collected).count == 2)
    }

    @Test func doesNothingUnlessItIsAsked() throws {
        let installation = try ProgramInstallation()
        let result = try installation.postern(["notify"])
        #expect(result.status == 0 && result.output.isEmpty && result.error.isEmpty)
    }
}
