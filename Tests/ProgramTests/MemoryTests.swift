import Foundation
import TestSupport
import Testing

/// After an attempt no copy of a secret is left in memory, in whatever form it came or went.
struct MemoryTests {
    private static let user = "canary@example.org"
    private static let secrets = ["right canary secret", "wrong canary secret", "other canary secret"]

    /// In clear and as base64 within a message of PLAIN or LOGIN, without the groups that others share.
    private func forms(_ secret: String) -> [String] {
        let plain = Data("\0\(Self.user)\0\(secret)".utf8).base64EncodedString()
        let start = (Self.user.utf8.count + 2 + 2) / 3 * 4
        return [secret, String(plain.dropFirst(start).dropLast(4)), Data(secret.utf8).base64EncodedString()]
    }

    private func copies(_ output: String) throws -> [Int] {
        let lines = output.split(separator: "\n").dropLast()
        return try lines.map { try #require(Int($0.split(separator: " ")[1])) }
    }

    @Test func daemon() async throws {
        let installation = try ProgramInstallation(
            "failure_delay = 0\nhash_workers = 4\n" + ProgramInstallation.unthrottled)
        try installation.addAccount(Self.user, password: Self.secrets[0])
        let shown = try installation.createAppPassword(Self.user)
        let daemon = try DaemonProcess(installation)
        var needles = (Self.secrets + [shown]).flatMap(forms)
        for socket in [installation.dovecotSocket, installation.authSocket] {
            let client = try AuthClient(socket)
            for secret in Self.secrets + [shown] {
                for service in ["imap", "web"] { _ = try client.attempt(Self.user, secret, service: service) }
            }
            let login = Self.secrets[1]
            client.send("AUTH\t90\tLOGIN\tservice=smtp\nCONT\t90\t\(Data(Self.user.utf8).base64EncodedString())")
            for _ in 0..<2 { _ = try client.answer() }
            client.send("CONT\t90\t\(Data(login.utf8).base64EncodedString())")
            _ = try client.answer()
        }
        // Several at once: what one leaves in freed memory another does not overwrite at once.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let client = try AuthClient(installation.dovecotSocket)
                    for round in 0..<10 {
                        for secret in Self.secrets {
                            _ = try client.attempt(Self.user, secret, from: "192.0.2.\(round)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let webmail = try AuthClient(installation.dovecotSocket)
        for number in 1...3 {
            let plain = AuthClient.plain(Self.user, Self.secrets[0])
            webmail.send(
                "AUTH\t\(number)\tPLAIN\tservice=web\tsession=s\tcode=canary-code-\(number)\tapp-password\tresp=\(plain)"
            )
            let fields = try webmail.answer()
            let made = try #require(fields.first { $0.hasPrefix("app_password=") })
            needles += [String(made.dropFirst(13)), "canary-code-\(number)"]
        }
        let scan = [Repository.file("Tests/Servers/scan-memory"), "\(daemon.processID)"]
        // The answer is out a moment before what it came from has gone.
        var found = ""
        let isClean = try eventually {
            found = try run(scan, input: needles.joined(separator: "\n")).output
            return found.hasSuffix("copies: 0\n")
        }
        #expect(isClean, "\(found)")
        // What is no secret is found: the scan sees what there is.
        let control = try copies(try run(scan, input: Self.user).output)
        #expect(control[0] > 0)
    }

    /// The counts of each form of a secret in the program's memory, and of what is no secret.
    private func scan(_ how: String, _ secret: String, _ installation: ProgramInstallation) throws -> [Int] {
        let request = installation.directory.file("request")
        try Data("\(Self.user)\0\(secret)\0\0".utf8).write(to: URL(filePath: request))
        let found = try run(
            [
                "/bin/sh", "-c", #"exec "$@" 3<"$REQUEST" 4>/dev/null"#, "sh",
                Repository.file("Tests/Servers/scan-memory"), how, installation.checkpassword, "--config",
                installation.configurationFile, "/usr/lib/dovecot/checkpassword-reply",
            ], input: (forms(secret) + ["192.0.2.7"]).joined(separator: "\n"),
            environment: ["REQUEST": request, "SERVICE": "imap", "TCPREMOTEIP": "192.0.2.7"])
        return try copies(found.output)
    }

    @Test(arguments: [false, true])
    func executable(_ asksDaemon: Bool) throws {
        let installation = try ProgramInstallation()
        try installation.addAccount(Self.user, password: Self.secrets[0])
        let shown = try installation.createAppPassword(Self.user)
        let daemon = asksDaemon ? try DaemonProcess(installation) : nil
        for secret in Self.secrets + [shown] {
            let counts = try scan("run", secret, installation)
            #expect(counts.dropLast().allSatisfy { $0 == 0 } && counts.count == 4, "\(secret): \(counts)")
            // The environment is there.
            #expect(counts.last ?? 0 > 0, "\(counts)")
        }
        // The scan sees a secret where there is one: in the question that is about to be sent.
        if asksDaemon {
            let counts = try scan("run-to-send", Self.secrets[0], installation)
            #expect(counts[1] > 0, "\(counts)")
        }
        daemon?.stop()
    }
}
