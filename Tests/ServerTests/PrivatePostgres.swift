import Foundation
import TestSupport

/// A PostgreSQL server that ends with the test.
final class PrivatePostgres: Sendable {
    /// The setting `database` that leads to it.
    let setting: String
    private let directory = TemporaryDirectory()
    private let child: Child

    /// - Parameter options: More of the server's.
    init(options: String = "") throws {
        let file = directory.file("settings")
        // The server runs as long as the file exists.
        let wait =
            #"printf '%s' "$POSTERN_TEST_SERVER" >"$0.new"; mv "$0.new" "$0"; while [ -e "$0" ]; do sleep 0.1; done"#
        child = try Child([
            "env", "POSTGRES_OPTIONS=\(options)", Repository.file("Tests/Servers/postgres"), "sh", "-c", wait, file,
        ])
        guard try eventually({ FileManager.default.fileExists(atPath: file) }) else {
            throw TestFailure("PostgreSQL did not start")
        }
        setting = try "postgresql:" + String(contentsOfFile: file, encoding: .utf8)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory.file("settings"))
        _ = child.wait()
    }
}
