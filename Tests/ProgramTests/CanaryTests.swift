import Foundation
import TestSupport
import Testing

/// A secret that went through everything must be found nowhere.
struct CanaryTests {
    @Test func noSecretIsLeftAnywhere() throws {
        let installation = try ProgramInstallation()
        let canary = "Canary-Main-7f3a9c-unique"
        try installation.addAccount(password: canary)
        let appPassword = try installation.createAppPassword()
        let compact = try installation.createAppPassword("alice@example.org", ["--compact"])
        let secrets = [
            canary, appPassword, compact, appPassword.replacing("-", with: ""), compact.replacing("-", with: ""),
        ]
        var said = ""
        for password in [canary, appPassword, compact, canary + "x", appPassword + "x", "wrong " + compact] {
            let answer = try Checkpassword(installation).run("alice@example.org", password)
            said += answer.reply + answer.error
            let checked = try installation.postern(
                ["check", "alice@example.org", "--service", "imap", "--from", "192.0.2.7", "--password-stdin"],
                input: password)
            said += checked.output + checked.error
        }
        // An outage with the secret at hand.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: installation.keyFile)
        said += try Checkpassword(installation).run("alice@example.org", canary).error
        usleep(500_000)
        for secret in secrets { #expect(!said.contains(secret)) }
        for file in try FileManager.default.subpathsOfDirectory(atPath: installation.directory.path) {
            let bytes = FileManager.default.contents(atPath: installation.directory.file(file)) ?? Data()
            for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) in \(file)") }
        }
    }

    /// While the program has the secret, other users see nothing of it, and a crash leaves no core file.
    @Test func notInArgumentsEnvironmentOrCore() throws {
        let installation = try ProgramInstallation("hash_workers = 1")
        try installation.addAccount(password: "canary secret")
        // Holds the program where it has read the secret: it waits for a slot to hash in.
        let slot = installation.directory.file("var/hash-slot.0")
        let holder = try holdLock(slot)
        let request = installation.directory.file("request")
        try Data("alice@example.org\0canary secret\0\0".utf8).write(to: URL(filePath: request))
        let executable = Repository.program("postern-checkpassword")
        let script =
            "ulimit -c unlimited; exec 9</etc/passwd 7>/dev/null; cd \(installation.directory.path); exec \(executable) --config \(installation.configurationFile) 3<\(request) 4>/dev/null"
        let program = try Child(
            ["/bin/sh", "-c", script], environment: ["SERVICE": "imap", "TCPREMOTEIP": "192.0.2.7"])
        func openFiles() throws -> [String] {
            let directory = "/proc/\(program.processID)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: directory + "/" + $0) }
        }
        #expect(try eventually { try openFiles().contains(slot) || openFiles().contains { $0.hasSuffix("-shm") } })
        for name in ["cmdline", "environ"] {
            let text = FileManager.default.contents(atPath: "/proc/\(program.processID)/\(name)") ?? Data()
            #expect(text.range(of: Data("canary".utf8)) == nil)
        }
        // What Dovecot leaks to its children is closed.
        #expect(try !openFiles().contains("/etc/passwd"))
        let limits = try String(contentsOfFile: "/proc/\(program.processID)/limits", encoding: .utf8)
        #expect(limits.contains(#/Max core file size +0 +0/#))
        program.send(SIGSEGV)
        #expect(program.wait().wasKilled)
        let left = try FileManager.default.contentsOfDirectory(atPath: installation.directory.path)
        #expect(!left.contains { $0.hasPrefix("core") })
        holder.send(SIGKILL)
        _ = holder.wait()
    }
}
