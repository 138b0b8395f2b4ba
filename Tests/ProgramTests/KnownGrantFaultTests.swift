import Foundation
import TestSupport
import Testing

/// What is known, when a trigger is missing, a disk takes no writes, or a writer dies.
struct KnownGrantFaultTests {
    private func isGranted(_ daemon: KnownGrantDaemon) throws -> Set<Bool> {
        try Set(daemon.answers().map { $0.hasPrefix("OK ") })
    }

    /// Without one of them a change is not seen: each is needed, and the tests of changes would fail. `doctor` says so.
    @Test(arguments: CredentialsTrigger.allCases) func missingTrigger(_ trigger: CredentialsTrigger) throws {
        for isMissing in [false, true] {
            let daemon = try KnownGrantDaemon { (installation) throws in
                try installation.stored.prepareChange(toldBy: trigger)
                if isMissing { try installation.stored.remove(trigger) }
            }
            defer { daemon.process.stop() }
            let first = try daemon.answers()
            #expect(try isGranted(daemon) == [true])
            // Removal of a domain whose policy is the default's changes the answer's mailbox, no more.
            if trigger == .domainRemoved { try daemon.stored.setDomainGroup("8") }
            let known = try daemon.answers()
            #expect(Set(known).count == 1 && (known == first) == (trigger != .domainRemoved))
            try daemon.stored.makeChange(toldBy: trigger)
            #expect(try (daemon.answers() == known) == isMissing)
            let doctor = try daemon.installation.postern(["doctor"])
            #expect((doctor.output + doctor.error).contains(trigger.rawValue) == isMissing)
        }
    }

    /// - Parameter isReadOnly: Before the daemon starts: nobody takes the disk from those who have a file open on it.
    private func withDisk(isReadOnly: Bool = false, _ body: (KnownGrantDaemon, SmallDisk) throws -> Void) throws {
        let installation = try ProgramInstallation(ProgramInstallation.unthrottled)
        let disk = try SmallDisk(installation)
        defer { disk.unmount() }
        let daemon = try KnownGrantDaemon(installation) { _ throws in if isReadOnly { try disk.remount("ro") } }
        defer { daemon.process.stop() }
        #expect(try isGranted(daemon) == [true])
        try body(daemon, disk)
    }

    private func revoke(_ daemon: KnownGrantDaemon) throws -> CommandResult {
        try daemon.installation.postern(["account", "disable", KnownGrantDaemon.alice])
    }

    /// Nobody can change anything, and what holds goes on; the first change that is possible is seen.
    @Test func diskWithoutWrites() throws {
        try withDisk(isReadOnly: true) { (daemon, disk) throws in
            for _ in 0..<3 { #expect(try isGranted(daemon) == [true]) }
            #expect(try revoke(daemon).status != 0)
            #expect(try isGranted(daemon) == [true])
            try disk.remount("rw")
            #expect(try revoke(daemon).status == 0)
            #expect(try isGranted(daemon) == [false])
        }
    }

    @Test func fullDisk() throws {
        try withDisk { (daemon, disk) throws in
            try disk.fill()
            for _ in 0..<3 { #expect(try isGranted(daemon) == [true]) }
            #expect(try revoke(daemon).status != 0)
            #expect(try isGranted(daemon) == [true])
            try disk.makeRoom()
            #expect(try revoke(daemon).status == 0)
            #expect(try isGranted(daemon) == [false])
        }
    }

    /// Killed in the middle of a change that was written to the log and not committed; then after one that was.
    @Test func killedWriters() throws {
        let daemon = try KnownGrantDaemon()
        defer { daemon.process.stop() }
        #expect(try isGranted(daemon) == [true])
        for isCommitted in [false, true] {
            let writer = try daemon.stored.startRevocation(isCommitted: isCommitted)
            #expect(try isGranted(daemon) == [!isCommitted])
            writer.send(SIGKILL)
            _ = writer.wait()
            #expect(try isGranted(daemon) == [!isCommitted])
        }
    }
}
