import Foundation
import TestSupport

/// Programs that read mail logs, if they could be installed.
enum LogReaders {
    private static let script = Repository.file("Tests/Servers/log-readers")

    static let areInstalled = (try? TestSupport.run([script, "is-installed"]).status) == 0

    static func run(_ arguments: [String], input: String = "") throws -> CommandResult {
        try TestSupport.run([script] + arguments, input: input)
    }
}
