import ArgumentParser
import Credentials
import Imports

/// Where the tables of another system come from.
struct DatabaseOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "An SQL dump, an SQLite database, or - for a dump on standard input.", valueName: "file"))
    var file: String?
    @Option(help: "Instead of a file, this database of a running MariaDB or MySQL, through its own client programs.")
    var live: String?
    @Flag(help: "Read a dump that does not say whether it is whole.") var acceptPartial = false
    @Option(help: "An option file with user and password for --live (the programs' --defaults-extra-file).")
    var defaultsFile: String?

    func validate() throws {
        guard (file == nil) != (live == nil) else { throw ValidationError("Give either a file or --live DATABASE.") }
        guard live != nil || defaultsFile == nil else { throw ValidationError("--defaults-file belongs to --live.") }
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

/// A database of MariaDB or MySQL, read by its own programs: they know its socket, its protocol and its passwords.
private struct LiveDatabase {
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
        guard !wanted.isEmpty else { throw .unusable("database \(name) has none of the tables; is it the right one?") }
        let options = [
            "--single-transaction", "--skip-lock-tables", "--no-tablespaces", "--skip-triggers",
            "--default-character-set=utf8mb4", name,
        ]
        try running(["mariadb-dump", "mysqldump"], options + wanted) { (output) throws(SourceError) in
            try tables.readDump(output, named: "database \(name)")
        }
    }

    /// - Parameter programs: Its names; the first one that is installed runs. What it says of its failure goes to standard error,
    ///   as it is.
    private func running<R>(
        _ programs: [String], _ arguments: [String], _ body: (Int32) throws(SourceError) -> R
    ) throws(SourceError) -> R {
        guard let program = CommandOutput.installed(programs) else {
            throw .unusable(
                "neither \(programs.joined(separator: " nor ")) is installed: install mariadb-client, or import a dump")
        }
        let words = [program] + (defaultsFile.map { ["--defaults-extra-file=\($0)"] } ?? []) + arguments
        let ended = CommandOutput.read(words) { (output) -> Result<R, SourceError> in
            do throws(SourceError) { return .success(try body(output)) } catch { return .failure(error) }
        }
        guard let (result, succeeded) = ended, succeeded else {
            throw .unusable(
                "database \(name) could not be read: \(program) failed, and has said why above; user and password come from --defaults-file"
            )
        }
        return try result.get()
    }
}

struct ImportMailcow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailcow",
        abstract: "Bring mailboxes, aliases, app passwords, second factors and last uses of mailcow.",
        discussion: "See docs/from-mailcow.md for the whole way.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try Mailcow(database.read(Mailcow.tables, of: Mailcow.name))
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}

struct ImportMailu: ParsableCommand {
    private static let tokensItem = ImportMark.domainItems + "tokens required"

    static let configuration = CommandConfiguration(
        commandName: "mailu",
        abstract: "Bring users, aliases and tokens of Mailu.",
        discussion: "See docs/from-mailu.md for the whole way.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Mailu's AUTH_REQUIRE_TOKENS is on: let the policy of each domain require app passwords.")
    var tokensRequired = false
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in try Mailu(database.read(Mailu.tables, of: Mailu.name)) }
        let session = try Session(global)
        try ImportRun(session: session, options: options).run(source) { (store, report) throws(StoreError) in
            // Once: what is set here afterwards stays.
            for domain in tokensRequired ? report.domains.sorted() : []
            where try store.importMarks(source: Mailu.name, of: domain)[Self.tokensItem] == nil {
                try store.setPolicy(
                    PolicyChange(Policy(appPasswordsRequired: true)), domain: domain,
                    change: session.change(
                        subject: domain, "domain policy", "imported from \(Mailu.name): app passwords required"))
                try store.setImportMarks(
                    [Self.tokensItem: ImportMark(digest: [])], source: Mailu.name, of: domain)
                report.note(ImportNote(domain, "its policy requires app passwords from now on"))
            }
        }
    }
}

struct ImportPostfixAdmin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postfixadmin",
        abstract: "Bring mailboxes, aliases, app passwords and TOTP of PostfixAdmin.",
        discussion: "See docs/from-postfixadmin.md for the whole way.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @Option(help: "What the names of its tables begin with (its database_prefix).") var prefix = ""
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try PostfixAdmin(
                database.read(PostfixAdmin.tables, of: PostfixAdmin.name, prefix: prefix),
                defaultScheme: scheme.defaultScheme, now: .now())
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}

struct ImportIRedMail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iredmail",
        abstract: "Bring mailboxes and aliases of iRedMail.",
        discussion: "From its database vmail.")

    @OptionGroup var global: GlobalOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            try IRedMail(
                database.read(IRedMail.tables, of: IRedMail.name), defaultScheme: scheme.defaultScheme)
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}

/// Runs what may fail for the source's sake.
func reading<R>(_ body: () throws(SourceError) -> R) throws(CommandFailure) -> R {
    do throws(SourceError) { return try body() } catch { throw CommandFailure(source: error) }
}
