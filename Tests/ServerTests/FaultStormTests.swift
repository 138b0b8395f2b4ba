import Foundation
import TestSupport
import Testing

/// What a sign-in needs is broken in each of eleven ways, twice, while mail programs sign in. `make faults` has a thousand.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/usr/sbin/postfix")))
struct FaultStormTests {
    @Test func twiceOfEach() throws {
        let storm = try run([Repository.file("Tests/Servers/fault-storm"), "2"])
        #expect(storm.status == 0, "\(storm.output)\(storm.error)")
        #expect(storm.output.hasSuffix("wrong answers: 0\n"))
    }
}
