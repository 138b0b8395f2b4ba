import ArgumentParser
import Imports

/// Where an import reads the tables of another system: a dump, an SQLite file or a running database.
struct DatabaseOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "An SQL dump, an SQLite database, or - for a dump on standard input.", valueName: "file"))
    var file: String?
    @Option(help: "Instead of a file, this database of a running MariaDB or MySQL, through its own client programs.")
    var live: String?
    @Flag(help: "Accept a dump that has no line that marks its end.") var acceptPartial = false
    @Option(help: "An option file with user and password for --live (the programs' --defaults-extra-file).")
    var defaultsFile: String?

    func validate() throws {
        guard (file == nil) != (live == nil) else { throw ValidationError("Give either a file or --live DATABASE.") }
        guard live != nil || defaultsFile == nil else { throw ValidationError("--defaults-file needs --live.") }
        guard !(live ?? "").hasPrefix("-") else { throw ValidationError("--live needs the name of a database.") }
    }

    func read(_ wanted: [SourceTables.Wanted], of system: String, prefix: String = "") throws(SourceError)
        -> SourceTables
    {
        let tables = try SourceTables(wanted, of: system, prefix: prefix, acceptsPartial: acceptPartial)
        if let file {
            try tables.read(file)
        } else if let live {
            try LiveDatabase(name: live, defaultsFile: defaultsFile).read(into: tables)
        }
        return tables
    }
}
