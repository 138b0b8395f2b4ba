import Foundation
import TestSupport

/// The Debian 13 system that `make test` installs beside this machine's own, if it can be downloaded.
enum Debian13 {
    private static let script = Repository.file("Tests/Servers/debian-13")

    static let isInstalled = (try? run([script, "is-installed"]).status) == 0

    /// The command that runs `command` in Debian 13, with access to `directory`.
    static func exec(_ directory: String, _ command: [String]) -> [String] {
        [script, "exec", directory, "/usr/bin/" + command[0]] + command.dropFirst()
    }
}
