import Authentication
import Credentials
import Foundation
import TestSupport
import Testing

struct ConfigurationTests {
    private func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try ConfigurationFile.parse(Array(text.utf8), name: "postern.conf")
    }

    @Test func defaults() throws {
        let configuration = try parse("")
        #expect(configuration.database == "/var/lib/postern/postern.db")
        #expect(configuration.directory == "/var/lib/postern")
        #expect(configuration.hashMemory == 19_456 && configuration.hashPasses == 2)
        #expect(configuration.guessWindow == 3600)
        #expect(configuration.logFormat == .dovecot && configuration.syslogIdent == "dovecot")
    }

    @Test func linesAsPostfixReadsThem() throws {
        let configuration = try parse(
            "# a comment\r\n\n  \ndatabase=/a\nkey_file =\n   /b\n# between\nguess_window = 2h\nlog_format = json")
        #expect(configuration.database == "/a" && configuration.keyFile == "/b")
        #expect(configuration.guessWindow == 7200 && configuration.logFormat == .json)
    }

    @Test(arguments: [
        ("databse = /a", "postern.conf:1: unknown setting 'databse'; did you mean 'database'?"),
        ("\n\nhash_passes = 0", "postern.conf:3: hash_passes = 0: must be between 1 and 16 passes"),
        (
            "database = relative",
            "postern.conf:1: database = relative: must be an absolute path, or begin with postgresql:"
        ),
        ("database", "postern.conf:1: must be a line 'name = value'"),
        ("database = /a\ndatabase = /b", "postern.conf:2: database was already set in line 1"),
        ("guess_window = 1w", "postern.conf:1: guess_window = 1w: must be a time between 1m and 1d"),
        (
            "guess_window = 99999999999999999999",
            "postern.conf:1: guess_window = 99999999999999999999: must be a time between 1m and 1d"
        ),
        ("log_target = file", "postern.conf:1: log_target = file: must be syslog, stderr or an absolute path"),
        (
            "mail_home = /var/%x",
            "postern.conf:1: mail_home = /var/%x: must be an absolute path, with no other % than %u, %n, %d and %%"
        ),
        (
            "hash_memory = 262144",
            "postern.conf:1: hash_memory (262144 KiB) must not exceed hash_memory_limit (131072 KiB)"
        ),
        (
            "guess_memory = 1h\nguess_window = 2h",
            "postern.conf:2: guess_window (7200 s) must not exceed guess_memory (3600 s)"
        ),
        (
            "recipient_delimiter = +@",
            "postern.conf:1: recipient_delimiter = +@: may contain only printable characters, and no @"
        ),
        ("mail_uid = a b", "postern.conf:1: mail_uid = a b: may contain only letters, digits and ._-"),
    ])
    func errorsNameFileLineAndRemedy(_ text: String, _ message: String) {
        #expect { try parse(text) } throws: { ($0 as? ConfigurationError)?.explanation == message }
    }

    @Test func anyBytesAreReadOrRefused() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? ConfigurationFile.parse(bytes, name: "x")
        }
    }

    @Test func missingDefaultFileMeansDefaultsAndANamedOneDoesNot() {
        #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(path: "/nonexistent/postern.conf") }
    }

    @Test func mailHome() throws {
        let name = try World.name("alice@example.org")
        #expect(NameTemplate("/var/vmail/%d/%n")?.expand(name) == "/var/vmail/example.org/alice")
        #expect(NameTemplate("/m/%u/100%%")?.expand(name) == "/m/alice@example.org/100%")
        #expect(NameTemplate("/m/%") == nil)
    }

    /// The table is the source of the man page, which has every name, default, unit and sentence.
    @Test func manPageHoldsTheTable() throws {
        let page = try String(contentsOfFile: Repository.file("docs/postern.conf.5"), encoding: .utf8)
        for setting in Setting.all {
            let entry = """
                .It Ic \(setting.name) No = Ar \(setting.text(of: setting.standard).isEmpty ? "(empty)" : setting.text(of: setting.standard))
                (\(setting.unit))
                \(setting.sentence)
                """
            #expect(page.contains(entry), "docs/postern.conf.5 lacks:\n\(entry)")
        }
    }
}
