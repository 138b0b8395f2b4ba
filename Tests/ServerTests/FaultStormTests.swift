import Foundation
import TestSupport
import Testing

/// While mail programs sign in, each of eleven faults happens twice to what a sign-in needs. `make faults` causes a
/// thousand.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/sbin/postfix")))
struct FaultStormTests {
    @Test func twiceOfEach() throws {
        let storm = try run([Repository.file("Tests/Servers/fault-storm"), "2"])
        #expect(storm.status == 0, "\(storm.output)\(storm.error)")
        #expect(storm.output.hasSuffix("wrong answers: 0\n"))
    }
}
