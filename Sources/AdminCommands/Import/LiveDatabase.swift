import Credentials
import Imports

/// A database of a running MariaDB or MySQL, read by its own client programs, which know its socket, protocol and
/// passwords.
struct LiveDatabase {
    let name: String
    let defaultsFile: String?

    func read(into tables: SourceTables) throws(SourceError) {
        let text = try running(["mariadb", "mysql"], ["-N", "-B", "-e", "SHOW TABLES", name]) {
            (output) throws(SourceError) in
            String(decoding: readAll(output, limit: 1 << 20) ?? [], as: UTF8.self)
        }
        var wanted: [String] = []
        for table in text.split(separator: "\n").map(String.init) where try tables.isWanted(table) {
            wanted.append(table)
        }
        guard !wanted.isEmpty else {
            throw .unusable("database \(name) has none of the tables; check that it is the right one")
        }
        let options = [
            "--single-transaction", "--skip-lock-tables", "--no-tablespaces", "--skip-triggers",
            "--default-character-set=utf8mb4", name,
        ]
        try running(["mariadb-dump", "mysqldump"], options + wanted) { (output) throws(SourceError) in
            try tables.readDump(output, named: "database \(name)")
        }
    }

    /// Runs a client program and passes its standard output to `body`. Its messages go to standard error unchanged.
    ///
    /// - Parameter programs: Names of the program, of which the first that is installed runs.
    private func running<R>(
        _ programs: [String], _ arguments: [String], _ body: (Int32) throws(SourceError) -> R
    ) throws(SourceError) -> R {
        guard let program = CommandOutput.findInstalled(programs) else {
            throw .unusable(
                "neither \(programs.joined(separator: " nor ")) is installed; install mariadb-client, or import a dump")
        }
        let words = [program] + (defaultsFile.map { ["--defaults-extra-file=\($0)"] } ?? []) + arguments
        let ended = CommandOutput.read(words) { (output) -> Result<R, SourceError> in
            do throws(SourceError) { return .success(try body(output)) } catch { return .failure(error) }
        }
        guard let (result, succeeded) = ended, succeeded else {
            throw .unusable(
                "database \(name) could not be read: \(program) failed, see its message above; "
                    + "give user and password in --defaults-file")
        }
        return try result.get()
    }
}
