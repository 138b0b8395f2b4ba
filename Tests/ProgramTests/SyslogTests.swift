import Foundation
import TestSupport
import Testing

/// The system log, where nothing else listens on its socket.
struct SyslogTests {
    private static let socketPath = "/dev/log"

    @Test(.enabled(if: !FileManager.default.fileExists(atPath: socketPath)))
    func oneDatagramAnAttempt() throws {
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer {
            close(receiver)
            unlink(Self.socketPath)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Self.socketPath.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        chmod(Self.socketPath, 0o666)

        let installation = try ProgramInstallation()
        try installation.addAccount()
        let settings = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(
            settings.replacing("log_target = \(installation.log)", with: "log_target = syslog"), to: "postern.conf")
        #expect(try Checkpassword(installation).run("alice@example.org", "%s%n wrong").status == 1)
        try FileManager.default.removeItem(atPath: installation.keyFile)
        #expect(try Checkpassword(installation).run("alice@example.org", "main secret").status == 111)

        func receive() -> String {
            while true {
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                let message = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
                // Others on this machine log there, too.
                if count <= 0 || message.contains("auth-worker(") { return message }
            }
        }
        // Facility mail (2), severity information (6), then error (3); RFC 3164, section 4.1.1.
        let guess =
            #/<22>\w{3} [ \d]\d [\d:]{8} dovecot\[\d+\]: auth-worker\(\d+\): postern\(alice@example\.org,192\.0\.2\.7,<->\): Password mismatch \(SHA1 .*/#
        let outage = #/<19>\w{3} [ \d]\d [\d:]{8} dovecot\[\d+\]: auth-worker.*Temporary failure: key file .*/#
        let (first, second) = (receive(), receive())
        #expect(first.wholeMatch(of: guess) != nil, "\(first)")
        #expect(second.wholeMatch(of: outage) != nil, "\(second)")
        #expect(receive() == "")
    }

    /// A machine without /dev/log, as most containers are: no line is lost, and somebody says so.
    @Test func withoutASystemLog() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let settings = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(
            settings.replacing("log_target = \(installation.log)", with: "log_target = syslog"), to: "postern.conf")
        func run(_ command: [String]) throws -> CommandResult {
            let script = """
                d=$1/dev; mkdir -p "$d"; shift
                for name in null zero full random urandom; do cp -a "/dev/$name" "$d/"; done
                mount --bind "$d" /dev && exec "$@"
                """
            return try TestSupport.run(
                ["unshare", "--mount", "sh", "-c", script, "sh", installation.directory.path] + command)
        }
        let request = try installation.directory.write("alice@example.org\0wrong\0\0", to: "request")
        let configuration = ["--config", installation.configurationFile]
        let checkpassword = try run(
            ["env", "SERVICE=imap", "sh", "-c", #"exec "$@" 3<"$0" 4>/dev/null"#, request, installation.checkpassword]
                + configuration)
        #expect(checkpassword.status == 1)
        let lines = checkpassword.error.split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        #expect(lines[0].contains(Self.socketPath))
        #expect(lines[1].contains("Password mismatch (SHA1 of given password: "))
        let check = try run([Repository.program("posternd")] + configuration + ["--check"])
        #expect(check.status == 0 && check.error.contains(Self.socketPath), "\(check)")
        let doctor = try run([Repository.program("postern")] + configuration + ["doctor", "--json"])
        #expect(try DoctorFinding.read(doctor).levels(of: "log_target") == ["bad"], "\(doctor)")
    }
}
