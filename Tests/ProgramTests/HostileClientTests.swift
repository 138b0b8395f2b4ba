import Credentials
import Foundation
import TestSupport
import Testing
import WireProtocols

/// What one client does harms that client, and nobody else.
struct HostileClientTests {
    private static let alice = "alice@example.org"

    @Test func malformedAuthInput() throws {
        let installation = try ProgramInstallation("failure_delay = 0\n" + ProgramInstallation.unthrottled)
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let witness = try AuthClient(installation.dovecotSocket)
        for path in [installation.authSocket, installation.dovecotSocket] {
            for input in MalformedInput.auth {
                let client: LineClient
                if input.description.contains("VERSION") {
                    client = try LineClient(path: path)
                    while try client.readLine() != "DONE" {}
                } else {
                    client = try AuthClient(path).lines
                }
                client.send(input.bytes)
                switch input.expectation {
                case "closed": #expect(client.isAtEnd(), "\(input)")
                case "fail":
                    var line = ""
                    repeat { line = try client.readLine() } while line.hasPrefix("CONT\t")
                    #expect(line.hasPrefix("FAIL\t") && !line.contains("temp_fail"), "\(input) \(line)")
                default:
                    // Still listened to, unless a line has begun that has no end.
                    if input.bytes.last == 0x0a {
                        client.send(Array("AUTH\t9\tLOGIN\n".utf8))
                        if !input.description.contains("VERSION") {
                            #expect(try client.readLine().hasPrefix("CONT\t9\t"), "\(input)")
                        }
                    }
                }
                #expect(try witness.attempt(Self.alice, "main secret")[0] == "OK", "after \(input)")
            }
        }
        #expect(daemon.stop().status == 0)
    }

    @Test func malformedPolicyInput() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        for input in MalformedInput.policy {
            let client = try LineClient(path: installation.policySocket)
            client.send(input.bytes)
            #expect(client.isAtEnd(), "\(input)")
        }
        let client = try LineClient(path: installation.policySocket)
        client.send(Array("request=smtpd_access_policy\n\n".utf8))
        #expect(try client.readLine() == "action=DUNNO")
        #expect(daemon.stop().status == 0)
    }

    /// Any bytes in any pieces on any door.
    @Test func anyBytes() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let witness = try AuthClient(installation.dovecotSocket)
        let words = [
            "AUTH\t1\tPLAIN\t", "resp=", "CONT\t1\t", "\n", "\t", "VERSION\t1\t2\n", "CPID\t1\n", "request=", "\n\n",
        ]
        for round in 0..<300 {
            let path = [installation.authSocket, installation.dovecotSocket, installation.policySocket][round % 3]
            let client = try LineClient(path: path)
            for _ in 0..<Int.random(in: 1...20) {
                client.send(
                    Bool.random()
                        ? Array((words.randomElement() ?? "").utf8)
                        : (0..<Int.random(in: 0..<200)).map { _ in UInt8.random(in: 0...255) })
            }
        }
        #expect(try witness.attempt(Self.alice, "main secret")[0] == "OK")
        #expect(daemon.stop().status == 0)
    }

    /// The corpus of forged lines as user name, session, address and service of a SASL client.
    @Test func forgedLogLines() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled + "failure_delay = 0")
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.authSocket)
        var id = 0
        for bytes in Injection.all {
            let text = String(decoding: bytes, as: UTF8.self)
            let escaped = String(decoding: TabEscape.encode(Array(text.utf8)), as: UTF8.self)
            let name = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
            for parameters in [
                "service=imap\trip=192.0.2.7\tsession=\(escaped)", "service=imap\trip=\(escaped)", "service=\(escaped)",
            ] {
                // An address of its own choice is one that the server in front would have to send.
                if IPAddress(text) != nil { continue }
                id += 1
                client.send("AUTH\t\(id)\tPLAIN\t\(parameters)\tresp=\(AuthClient.plain(name, "x"))")
                let answer = try client.answer()
                #expect(answer[0] == "FAIL", "\(answer) \(bytes)")
            }
        }
        #expect(installation.logLines.count == id)
        for line in installation.logLines {
            #expect(LogLine.message(line) != nil && !line.contains(",203.0.113.9"), "\(line)")
        }
        daemon.stop()
    }

    /// Who asks and never reads is cut off; the others do not notice.
    @Test func clientThatDoesNotRead() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let witness = try AuthClient(installation.dovecotSocket)
        let client = try AuthClient(installation.dovecotSocket)
        var isCutOff = false
        for _ in 0..<200 where !isCutOff {
            for id in 1...500 { client.send("USER\t\(id)\t\(Self.alice)") }
            #expect(try witness.attempt(Self.alice, "main secret")[0] == "OK")
            isCutOff = client.lines.isSendingInVain
        }
        #expect(isCutOff)
        daemon.stop()
    }

    /// A user who is none of the mail system's gets a few connections; the others do not notice.
    @Test func connectionsOfAStranger() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        for socket in [installation.dovecotSocket] { try requireSuccess(["chmod", "0666", socket]) }
        let script = """
            import socket, sys
            open_ones, kept = 0, []
            for _ in range(40):
                s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(10); kept.append(s)
                open_ones += s.recv(1) == b"V"
            print(open_ones)
            """
        let stranger = try run([
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", "/usr/bin/python3", "-c", script,
            installation.dovecotSocket,
        ])
        #expect(stranger.output == "32\n", "\(stranger)")
        #expect(try AuthClient(installation.dovecotSocket).attempt(Self.alice, "main secret")[0] == "OK")
        daemon.stop()
    }

    /// Without a free descriptor nobody is let in; it ends neither the daemon nor the connections that are there.
    @Test func outOfDescriptors() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation, prefix: ["prlimit", "--nofile=64:64"])
        let witness = try AuthClient(installation.dovecotSocket)
        var crowd: [LineClient] = []
        for _ in 0..<100 { crowd.append(try LineClient(path: installation.authSocket)) }
        #expect(try witness.attempt(Self.alice, "main secret")[0] == "OK")
        crowd = []
        #expect(try eventually { (try? AuthClient(installation.authSocket)) != nil })
        #expect(daemon.stop().status == 0)
    }
}
