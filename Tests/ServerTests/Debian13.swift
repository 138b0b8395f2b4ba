import Foundation
import TestSupport

/// The Debian 13 that `make test` puts beside this machine's own system, where it can be had.
enum Debian13 {
    private static let script = Repository.file("Tests/Servers/debian-13")

    static let isInstalled = (try? run([script, "is-installed"]).status) == 0

    /// The command, run there with this directory.
    static func exec(_ directory: String, _ command: [String]) -> [String] {
        [script, "exec", directory, "/usr/bin/" + command[0]] + command.dropFirst()
    }
}
