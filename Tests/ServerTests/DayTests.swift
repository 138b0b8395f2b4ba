import Foundation
import TestSupport
import Testing

/// The day in real time, with real servers, their whole mail log as rsyslog writes it, and the shipped jail in a
/// running fail2ban. It takes a minute; `make day` takes ten.
@Suite(.serialized, .enabled(if: LogReaders.areInstalled))
struct DayTests {
    private static let length = ProcessInfo.processInfo.environment["POSTERN_DAY_SECONDS"].flatMap(Double.init) ?? 60

    enum Kind: String, CaseIterable {
        case dovecot23 = "Dovecot 2.3", dovecot24 = "Dovecot 2.4", postfix = "Postfix", postfix310 =
            "Postfix of Debian 13"

        static let available = allCases.filter { kind in
            switch kind {
            case .dovecot23: true
            case .dovecot24, .postfix310: Debian13.isInstalled
            case .postfix: PostfixServer.Kind.available.contains(.own)
            }
        }
    }

    private func start(_ kind: Kind) throws -> (server: PrivateServer, arguments: [String]) {
        switch kind {
        case .dovecot23, .dovecot24:
            let server = try DovecotServer(
                kind == .dovecot23 ? .checkpassword : .lua24, settings: "default_process_limit = 400\n", syslog: true)
            return (server, ["imap", "\(server.imapPort)"])
        case .postfix, .postfix310:
            let server = try PostfixServer(kind == .postfix ? .own : .debian13, syslog: true)
            return (server, ["smtp", "\(server.submissions)"])
        }
    }

    /// Runs all kinds at the same time, each on a thread that may block.
    @Test func day() async throws {
        try await withThrowingTaskGroup { group in
            for kind in Kind.available {
                group.addTask {
                    try await withCheckedThrowingContinuation { done in
                        Thread { done.resume(with: Result { try run(kind) }) }.start()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func run(_ kind: Kind) throws {
        let (server, arguments) = try start(kind)
        try server.perform(["account", "add", Day.account, "--password-stdin"], input: Day.mainPassword)
        let appPassword = try server.perform(["app-password", "create", Day.account, "--name", "Phone"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        // The account is known in the office before the second factor is enabled.
        #expect(try signIn(arguments, ["0\t\(Day.office)\t\(Day.account)\t\(Day.mainPassword)"]) == ["granted"])
        _ = try eventually { try server.perform(["report", "sign-ins", "--format", "jsonl"]).contains(Day.office) }
        try server.perform(["second-factor", "external", "on", Day.account])

        let jail = try PrivateFailToBan(.file, log: server.mailLog)
        try jail.start()
        let scale = Self.length / 600
        let day = Day(
            length: Self.length, minute: Self.length / 10, guesses: max(100, Int(5000 * scale)),
            accounts: max(50, Int(500 * scale)), appPassword: appPassword)
        let answers = try signIn(
            arguments, day.attempts.map { "\($0.second)\t\($0.address)\t\($0.user)\t\($0.secret)" })
        // By then every line has been read: the engine looks once a second.
        sleep(3)

        // The first sign-in was before the day.
        let log = lines(of: server.mailLog).filter { !$0.contains("Signed in with main password") }
        let report = DayReport(log)
        print("\(Int(Self.length)) s of \(kind.rawValue), \(answers.count) attempts:\n\(report.table(bans: jail.bans))")
        // Executables decide at the same time, at most hash_workers of them.
        let overrun = kind == .dovecot23 ? 2 : 0
        #expect(report.problems(day, bans: jail.bans, overrun: overrun) == [], "\(kind)")
        let mine = log.count { $0.contains("): postern(") }
        #expect(mine == day.attempts.count && log.count > mine, "\(kind): \(log.count) lines, \(mine) of ours")
        for (number, attempt) in day.attempts.enumerated() {
            let answer = answers[number]
            switch attempt.actor {
            case .owner, .traveller: #expect(answer == "granted", "\(kind) \(attempt)")
            case .phone, .laptop, .tablet, .typist: #expect(answer == "denied", "\(kind) \(attempt)")
            case .guesser, .sprayer, .crowd: #expect(["denied", "temporary"].contains(answer), "\(kind) \(attempt)")
            }
        }
        withExtendedLifetime(server) {}
    }

    /// The answers, in the order of the attempts.
    private func signIn(_ arguments: [String], _ attempts: [String]) throws -> [String] {
        let input = attempts.enumerated().map { "\($0)\t\($1)\n" }.joined()
        let result = try TestSupport.run(
            [Repository.file("Tests/Servers/sign-ins")] + arguments + ["100"], input: input)
        guard result.status == 0, result.error.isEmpty else { throw TestFailure(String(result.error.prefix(2000))) }
        var answers = attempts.map { _ in "" }
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ")
            if let number = Int(words[0]) { answers[number] = String(words[1]) }
        }
        return answers
    }
}
