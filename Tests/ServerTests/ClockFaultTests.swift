import Credentials
import Foundation
import TestSupport
import Testing

/// The daemon's answers while its clock is set back and forth by up to a day. `make faults` sets it more often.
struct ClockFaultTests {
    private static let times = ProcessInfo.processInfo.environment["POSTERN_FAULTS"].flatMap(Int.init) ?? 12

    @Test func jumps() async throws {
        let installation = try ProgramInstallation()
        for user in ["alice", "carol", "dave"] { try installation.addAccount("\(user)@example.org") }
        let shown = try installation.createAppPassword()
        try installation.perform(["second-factor", "external", "on", "alice@example.org"])
        let clock = TestClock()
        clock.advance(seconds: Timestamp.now().seconds - clock.now.seconds)
        var counts: [String: Int] = [:]
        try await withDaemon(installation, clock: clock) { client in
            func expect(_ user: String, _ secret: String, from address: String, _ allowed: [String]) throws {
                let answer = try client.attempt("\(user)@example.org", secret, from: address)
                let word = answer.contains("code=temp_fail") ? "temporary" : answer[0] == "OK" ? "granted" : "denied"
                #expect(allowed.contains(word), "\(user): \(answer) at \(clock.now.iso8601)")
                counts[word, default: 0] += 1
            }
            for number in 0..<Self.times {
                clock.advance(seconds: Int64.random(in: -86_400...86_400))
                for round in 0..<3 {
                    try expect("alice", shown, from: "192.0.2.7", ["granted"])
                    try expect("carol", "main secret", from: "198.51.100.9", ["granted"])
                    try expect("alice", "main secret", from: "192.0.2.7", ["denied"])
                    try expect("dave", "wrong \(number) \(round)", from: "203.0.113.50", ["denied", "temporary"])
                }
            }
        }
        print("clock set \(Self.times) times: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })")
    }
}
