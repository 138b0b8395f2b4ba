import Foundation
import TestSupport
import Testing

/// Ten thousand connections at once.
@Suite(.serialized)
struct CrowdTests {
    private static let alice = "alice@example.org"
    /// KiB: 80 MiB and what the hash workers take (design.md, budgets).
    private static let maxResident = 80 * 1024 + 2 * 8192

    private func resident(_ processID: Int32) throws -> Int {
        let line = try #require(lines(of: "/proc/\(processID)/status").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    private func descriptors(_ processID: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd").count
    }

    @Test func tenThousandConnections() throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try #require(limit.rlim_cur >= 11_000, "the machine allows \(limit.rlim_cur) open files")
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let phone = try installation.createAppPassword()
        let daemon = try DaemonProcess(installation)
        let witness = try AuthClient(installation.dovecotSocket)
        #expect(try witness.attempt(Self.alice, phone)[0] == "OK")
        let before = try (memory: resident(daemon.processID), descriptors: descriptors(daemon.processID))
        #expect(before.memory <= 25 * 1024, "\(before.memory) KiB when idle")

        var crowd: [LineClient] = []
        for _ in 0..<10_000 { crowd.append(try LineClient(path: installation.authSocket)) }
        for client in crowd { #expect(try client.readLine() == "VERSION\t1\t2") }
        #expect(try descriptors(daemon.processID) >= 10_000)
        for byte in "AUTH".utf8 {
            for client in crowd.prefix(1000) { client.send([byte]) }
            for _ in 0..<50 { #expect(try witness.attempt(Self.alice, phone)[0] == "OK") }
            sleep(1)
        }
        #expect(try AuthClient(installation.authSocket).attempt(Self.alice, phone)[0] == "OK")
        #expect(try AuthClient(installation.authSocket).attempt(Self.alice, "main secret")[0] == "OK")
        let full = try resident(daemon.processID)
        #expect(full <= Self.maxResident, "\(full) KiB with 10,000 connections")

        crowd = []
        #expect(try eventually { try descriptors(daemon.processID) <= before.descriptors + 8 })
        let isSmall = try eventually { try resident(daemon.processID) <= before.memory + 24 * 1024 }
        let after = try resident(daemon.processID)
        #expect(isSmall, "\(before.memory) KiB before, \(full) with them, \(after) after they left")
        print("KiB resident: \(before.memory) idle, \(full) with 10,000 connections, \(after) after")
        #expect(try witness.attempt(Self.alice, phone)[0] == "OK")
        #expect(daemon.stop().status == 0)
    }

    /// A line has to come to its end in time, however slowly its bytes come.
    @Test func slowLines() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        let slow = try AuthClient(installation.dovecotSocket)
        let idle = try AuthClient(installation.dovecotSocket)
        for _ in 0..<40 {
            slow.lines.send(Array("a".utf8))
            sleep(1)
        }
        #expect(slow.lines.isAtEnd())
        #expect(try idle.attempt("nobody@example.org", "x")[0] == "FAIL")
        daemon.stop()
    }
}
