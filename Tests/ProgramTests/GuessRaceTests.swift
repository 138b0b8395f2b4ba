import Credentials
import Foundation
import TestSupport
import Testing

/// Guesses, counted by several processes and on many connections at once.
struct GuessRaceTests {
    private static let alice = "alice@example.org"

    /// The daemon, and executables that decide by themselves: a guess is counted once and each attempt is on record.
    @Test func executableAndDaemonLoseAndDoubleNothing() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let settings = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        let alone = try installation.directory.write(
            settings.replacing("dovecot_socket = \(installation.dovecotSocket)", with: "dovecot_socket ="),
            to: "alone.conf")
        let secrets = (0..<12).map { "wrong \($0)" }
        let (path, rounds) = (installation.dovecotSocket, 6)
        DispatchQueue.concurrentPerform(iterations: 8) { worker in
            for round in 0..<rounds {
                for secret in secrets.indices.map({ secrets[($0 + worker + round) % secrets.count] }) {
                    if worker % 2 == 0 {
                        let answer = try? AuthClient(path).attempt(Self.alice, secret)
                        #expect(answer?[0] == "FAIL" && answer?.contains("code=temp_fail") == false)
                    } else {
                        var program = Checkpassword(installation)
                        program.arguments = ["--config", alone]
                        #expect((try? program.run(Self.alice, secret).status) == 1)
                    }
                }
            }
        }
        daemon.stop()
        let attempts = 8 * rounds * secrets.count
        let messages = installation.messages()
        #expect(messages.count == attempts)
        #expect(messages.count { $0.hasPrefix("Password mismatch") } == secrets.count)
        #expect(messages.count { $0.hasPrefix("Same wrong password again") } == attempts - secrets.count)
        #expect(try installation.stored.countGuesses() == secrets.count)
        #expect(try installation.stored.countAttempts() == attempts)
    }

    /// Sixty-four connections with different secrets at once get ten of them looked at, as one connection would.
    @Test func manyAtOnceGetNoMoreThanOneAfterTheOther() throws {
        let installation = try ProgramInstallation("failure_delay = 0\n")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let path = installation.dovecotSocket
        for (number, user) in [Self.alice, "nobody@example.org", "mal formed@example.org"].enumerated() {
            let before = installation.messages().count
            DispatchQueue.concurrentPerform(iterations: 64) { client in
                let answer = try? AuthClient(path).attempt(user, "guess \(client)", from: "203.0.113.\(number)")
                #expect(answer?[0] == "FAIL")
            }
            let messages = installation.messages().dropFirst(before)
            let looked = messages.count { $0.hasPrefix("Password mismatch") || $0.hasPrefix("unknown user") }
            #expect(looked == 10, "\(user): \(looked)")
            #expect(messages.count == 64)
            #expect(
                messages.allSatisfy {
                    $0.hasPrefix("Throttled") || $0.hasPrefix("Password mismatch") || $0.hasPrefix("unknown user")
                        || $0.hasPrefix("Temporary failure: other secrets")
                })
        }
        #expect(daemon.stop().status == 0)
    }

    /// A phone that opens ten connections with one old password costs one hash, and none of them is told "later".
    @Test func theSameSecretManyTimesAtOnceIsOneGuess() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let path = installation.dovecotSocket
        DispatchQueue.concurrentPerform(iterations: 24) { _ in
            let answer = try? AuthClient(path).attempt(Self.alice, "old secret")
            #expect(answer?[0] == "FAIL" && answer?.contains("code=temp_fail") == false)
        }
        // The right one, many times at once, too.
        DispatchQueue.concurrentPerform(iterations: 24) { _ in
            #expect((try? AuthClient(path).attempt(Self.alice, "main secret"))?[0] == "OK")
        }
        #expect(installation.messages().count { $0.hasPrefix("Password mismatch") } == 1)
        daemon.stop()
    }

    /// What the operator releases is free at once, in a daemon that runs.
    @Test func releaseIsInEffectAtOnce() throws {
        let installation = try ProgramInstallation("failure_delay = 0\n")
        try installation.addAccount()
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        for (number, option) in [["--account", Self.alice], ["--network", "203.0.113.1"], ["--all"]].enumerated() {
            let stranger = "203.0.113.\(number)"
            func isThrottled() throws -> Bool {
                try client.attempt(Self.alice, "main secret", from: stranger).contains("code=temp_fail")
            }
            for number in 0..<10 { _ = try client.attempt(Self.alice, "\(number)", from: stranger) }
            #expect(try isThrottled())
            let listed = try installation.postern(["throttle", "list"])
            #expect(listed.output.contains(stranger) && listed.output.contains(Self.alice), "\(listed)")
            #expect(try installation.postern(["throttle", "release"] + option).status == 0)
            #expect(try !isThrottled())
            #expect(
                try installation.postern(["throttle", "list", "--json"]).output.filter { !$0.isWhitespace } == "[]")
        }
        #expect(try installation.postern(["throttle", "release", "--all"]).status == 1)
        #expect(try installation.postern(["throttle", "release"]).status == 64)
        #expect(try installation.postern(["throttle", "release", "--network", "203.0.113.0/24"]).status == 64)
        #expect(try installation.recordedActions().contains("throttle released"))
        daemon.stop()
    }

    /// A year of history goes while people sign in, in-process and through the daemon; nobody is told "later".
    @Test func pruningAYearBlocksNobody() throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled + "failure_delay = 0\n")
        try installation.addAccount()
        let appPassword = try installation.createAppPassword()
        // Of many accounts, an entry every 4,000 s for a year.
        let now = Timestamp.now()
        try installation.stored.addYearOfSignIns(until: now)
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        var (left, guesses) = (1, 0)
        while left > 0, guesses < 900 {
            for _ in 0..<20 { #expect(try client.attempt(Self.alice, appPassword)[0] == "OK") }
            // A guess has to be counted, and waits for the lock if somebody has it.
            guesses += 1
            let answer = try client.attempt(Self.alice, "wrong \(guesses)")
            #expect(answer[0] == "FAIL" && !answer.contains("code=temp_fail"), "\(answer)")
            usleep(50_000)
            left = try installation.countSignIns(before: now.adding(seconds: -15_552_000))
        }
        #expect(left == 0)
        daemon.stop()
    }

    /// Guesses that cannot be written down spend the budgets all the same, in a daemon that runs on.
    @Test func fullDiskIsNoWayAroundThrottling() throws {
        let installation = try ProgramInstallation("failure_delay = 0\n")
        try installation.addAccount()
        #expect(try Checkpassword(installation).run(Self.alice, "main secret").status == 0)
        let disk = try SmallDisk(installation)
        defer { disk.unmount() }
        let daemon = try DaemonProcess(installation)
        let client = try AuthClient(installation.dovecotSocket)
        func answer(_ secret: String, from address: String) throws -> String {
            let fields = try client.attempt(Self.alice, secret, from: address)
            return fields[0] == "OK" ? "granted" : fields.contains("code=temp_fail") ? "temporary" : "denied"
        }
        #expect(try answer("at first", from: "198.51.100.1") == "denied")
        try disk.fill()
        let stranger = "203.0.113.50"
        for number in 0..<20 { #expect(try answer("\(number)", from: stranger) == "temporary") }
        let looked = installation.messages().suffix(20).count { !$0.hasPrefix("Temporary failure: guesses ") }
        #expect(looked == 10, "\(installation.messages().suffix(20))")
        #expect(try answer("main secret", from: stranger) == "temporary")
        // The owner's own network, and app passwords, go on.
        #expect(try answer("main secret", from: "192.0.2.7") == "granted")
        try disk.makeRoom()
        #expect(try eventually { try answer("later", from: "198.51.100.2") == "denied" })
        #expect(try answer("main secret", from: stranger) == "granted")
        #expect(daemon.stop().status == 0)
    }

    /// Guesses that wait for a locked database keep no slot from those who do not have to write.
    @Test func lockedDatabaseHoldsUpGuessesOnly() throws {
        let installation = try ProgramInstallation("hash_workers = 1\n")
        try installation.addAccount()
        let locker = try installation.stored.lockOutWriters()
        let guesses = try (0..<3).map { number in
            let request = try installation.directory.write("\(Self.alice)\0wrong \(number)\0\0", to: "request\(number)")
            return try Child(
                [
                    "/bin/sh", "-c", #"exec "$0" --config "$1" /bin/true 3<"$2" 4>/dev/null"#,
                    installation.checkpassword, installation.configurationFile, request,
                ], environment: ["SERVICE": "imap", "TCPREMOTEIP": "203.0.113.50", "PROTO": "TCP"])
        }
        usleep(500_000)
        // Before the lock is gone: nobody has the one slot.
        #expect(try Checkpassword(installation).run(Self.alice, "main secret").status == 0)
        #expect(installation.messages().count == 1)
        locker.send(SIGKILL)
        for guess in guesses { #expect(guess.wait().status == 1) }
        _ = locker.wait()
        #expect(installation.messages().count { $0.hasPrefix("Password mismatch") } == 3)
    }
}
