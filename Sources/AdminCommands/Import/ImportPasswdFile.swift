import ArgumentParser
import Authentication
import Credentials
import Glibc
import Imports

struct ImportPasswdFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd-file",
        abstract: "Import users from Dovecot's passwd-files.",
        discussion: """
            Give all files at once: accounts of an earlier import that are in none of them are missing. %d in a path
            stands for each domain that has a file there, as in '/etc/auth/%d/passwd'. docs/from-passwd-file.md
            describes each step.
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The files; - is standard input.") var file: [String]
    @Option(help: "The domain of users without one, instead of default_domain.") var domain: String?
    @OptionGroup var scheme: SchemeOption
    @OptionGroup var options: ImportOptions

    func validate() throws {
        if let domain, AccountName("x@\(domain)")?.localPart != "x" {
            throw ValidationError("--domain \(domain) is not a domain.")
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

    /// Returns the files that a path with `%d` stands for, each with its domain; without `%d`, the path itself with the
    /// given domain.
    private static func files(of pattern: String, _ domain: String) throws(CommandFailure) -> [(String, domain: String)]
    {
        guard let variable = pattern.firstRange(of: "%d") else { return [(pattern, domain)] }
        let (before, after) = (String(pattern[..<variable.lowerBound]), String(pattern[variable.upperBound...]))
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
