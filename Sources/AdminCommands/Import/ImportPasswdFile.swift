import ArgumentParser
import Authentication
import Credentials
import Glibc
import Imports

struct ImportPasswdFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd-file",
        abstract: "Bring the users of Dovecot's passwd-files.",
        discussion: """
            Give all of them at once: an account of an earlier import that is in none of them is missing. In a path %d stands for
            each domain that has a file there: '/etc/auth/%d/passwd'. See docs/from-passwd-file.md for the whole way.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The files; - is standard input.") var file: [String]
    @Option(help: "The domain of users that have none, instead of default_domain.") var domain: String?
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func validate() throws {
        if let domain, AccountName("x@\(domain)")?.localPart != "x" {
            throw ValidationError("--domain \(domain) is no domain.")
        }
    }

    func run() throws {
        let defaultDomain = try domain ?? Session.configuration(global).defaultDomain
        var source = PasswdFile(defaultScheme: scheme.defaultScheme)
        for pattern in file {
            let found = try Self.files(of: pattern, defaultDomain)
            for (path, domain) in found {
                do throws(SourceError) { try source.read(FilePieces.all(of: path), domain: domain) } catch {
                    throw CommandFailure(source: error, in: path)
                }
            }
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }

    /// The files that a path with `%d` stands for, each with its domain; else the path itself.
    private static func files(of pattern: String, _ domain: String) throws(CommandFailure) -> [(String, domain: String)]
    {
        guard let place = pattern.firstRange(of: "%d") else { return [(pattern, domain)] }
        let (before, after) = (String(pattern[..<place.lowerBound]), String(pattern[place.upperBound...]))
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        unsafe glob(before + "*" + after, GLOB_NOSORT, nil, &found)
        let paths = unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
        guard !paths.isEmpty else {
            throw CommandFailure(.badInput, "no file matches \(pattern). Nothing was imported.")
        }
        return paths.sorted().map { ($0, String($0.dropFirst(before.count).dropLast(after.count))) }
    }
}

/// What passwords without a scheme are.
struct SchemeOption: ParsableArguments {
    @Option(
        help: """
            Dovecot's name of the scheme of passwords that say none (PLAIN, MD5-CRYPT, …); without it, those that do not tell
            themselves cannot be verified.
            """)
    var defaultScheme: String?

    func validate() throws {
        guard let defaultScheme, PasswordHash.scheme(of: "{\(defaultScheme)}") == "unknown" else { return }
        throw ValidationError(
            "--default-scheme \(defaultScheme) is no scheme of Dovecot's (CRYPT, PLAIN, PLAIN-MD5, MD5-CRYPT, SHA512-CRYPT, …)."
        )
    }
}

struct ImportDockerMailserver: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docker-mailserver",
        abstract: "Bring accounts and aliases of docker-mailserver.",
        discussion: "The files are in its folder docker-data/dms/config.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "postfix-accounts.cf.") var file: String
    @Option(help: "postfix-virtual.cf, if there is one.") var virtual: String?
    @OptionGroup var options: ImportOptions

    func run() throws {
        let source = try reading { () throws(SourceError) in
            var source = DockerMailserver()
            try source.read(accounts: FilePieces.all(of: file))
            if let virtual { try source.read(virtual: FilePieces.all(of: virtual)) }
            return source
        }
        try ImportRun(session: Session(global), options: options).run(source)
    }
}
