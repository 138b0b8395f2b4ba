import Foundation
import TestSupport

/// This machine's fail2ban with the shipped jail, in a private directory.
final class PrivateFailToBan {
    enum Kind: String { case file, journal }

    private let directory = TemporaryDirectory()
    private var processID: Int32?
    private var root: String { directory.file("fail2ban") }
    var configuration: String { root + "/etc" }
    private static let script = Repository.file("Tests/Servers/fail2ban")

    init(_ kind: Kind, log: String) throws {
        let made = try run([Self.script, "configure", root, kind.rawValue, log])
        guard made.status == 0 else { throw TestFailure(made.error) }
    }

    deinit { stop() }

    func start() throws {
        let started = try run([Self.script, "start", root])
        guard started.status == 0, let id = Int32(started.output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw TestFailure("no fail2ban: \(started.error)")
        }
        processID = id
    }

    func stop() {
        guard let processID else { return }
        kill(processID, SIGTERM)
        for _ in 0..<100 where kill(processID, 0) == 0 { usleep(50_000) }
        self.processID = nil
    }

    func writeEximLog(_ lines: [String]) throws {
        try lines.map { $0 + "\n" }.joined().write(toFile: root + "/exim", atomically: false, encoding: .utf8)
    }

    /// The addresses that any of the jails has banned.
    var bans: Set<String> {
        Set(
            lines(of: root + "/bans").compactMap { line in
                let words = line.split(separator: " ")
                return words.first == "ban" && words.count > 1 ? String(words[1]) : nil
            })
    }

    /// The addresses that the jail would ban for a log of another day.
    func replay(_ log: String) throws -> Set<String> {
        let replayed = try run([Self.script, "replay", root, log])
        guard replayed.status == 0 else { throw TestFailure(replayed.error) }
        return Set(replayed.output.split(separator: "\n").map { String($0.split(separator: " ")[1]) })
    }

    /// The addresses that a filter of this configuration finds in a log, in order.
    func found(by filter: String, in log: String) throws -> [String] {
        let result = try run(["fail2ban-regex", "-c", root + "/etc", "-o", "<ip>", log, filter])
        guard result.status == 0 || result.output.isEmpty else { throw TestFailure(result.error) }
        return result.output.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
    }
}
