import ArgumentParser
import Authentication
import Credentials
import FoundationEssentials
import Imports

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write out what is kept, for another Postern or another system.",
        subcommands: [ExportJSONLines.self, ExportPasswdFile.self], defaultSubcommand: ExportJSONLines.self)
    @OptionGroup var global: GlobalOptions
}

struct ExportJSONLines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jsonl",
        abstract: "Everything, as JSON lines on standard output.",
        discussion: """
            Domains, accounts with all that is theirs, and what is remembered of imports; 'postern import jsonl' reads it. Secrets
            are as they are stored: the app passwords and TOTP seeds among them are of use only with the key file, which is
            to be copied apart. The change record is what 'postern report changes --json-lines' prints.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let session = try Session(global)
        try session.storing { (store) throws(StoreError) in
            var progress = Progress("records", of: try store.countRecords())
            var count = 0
            try store.eachRecord(session.keys) { record in
                Output.jsonLine(record)
                count += 1
                progress.step()
            }
            var last = StoreRecord()
            last.end = StoreRecord.End(records: count)
            Output.jsonLine(last)
        }
    }
}

struct ExportPasswdFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd-file",
        abstract: "Accounts and main passwords as Dovecot's passwd-file, on standard output.",
        discussion: """
            Dovecot knows no second factor and one password for each user. So accounts that are disabled, or whose main password
            opens no mail here, come with a password that nothing fits, and are named on standard error.
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Give accounts their main password for mail even where it needs a second factor here.")
    var withoutSecondFactor = false

    /// What no secret gives (crypt(5), "Portability notes").
    private static let noPassword = "{CRYPT}*"

    func run() throws {
        let session = try Session(global)
        let mailbox = Mailbox(session.configuration)
        let now = Timestamp.now()
        var without: [[String]] = []
        try session.storing { (store) throws(StoreError) in
            for account in try store.accounts() {
                guard !account.name.text.utf8.contains(UInt8(ascii: ":")) else {
                    without.append([account.name.text, "a \":\" in its name: left out"])
                    continue
                }
                let place = mailbox.fields(of: account)
                let password: String
                switch hash(account, now) {
                case .success(let text): password = text
                case .failure(let why):
                    password = Self.noPassword
                    without.append([account.name.text, why.text])
                }
                let fields =
                    [account.name.text, password] + [place[0].value, place[1].value, "", place[2].value, "", ""]
                Output.line(fields.joined(separator: ":"))
            }
        }
        guard !without.isEmpty else { return }
        Output.error("These have no password there:")
        Output.table(["ACCOUNT", "WHY"], without, to: .error)
    }

    private struct Reason: Error { let text: String }

    private func hash(_ account: AccountState, _ now: Timestamp) -> Result<String, Reason> {
        if account.isDisabled(at: now) { return .failure(Reason(text: "disabled")) }
        guard let stored = account.mainHash else { return .failure(Reason(text: "no main password here")) }
        let isForWebAlone =
            account.secondFactor != .off || account.appPasswordsRequired || account.secondFactorRequired
            || account.mustChange
        guard !isForWebAlone || withoutSecondFactor else {
            return .failure(
                Reason(text: "its main password opens no mail (--without-second-factor gives it all the same)"))
        }
        let scheme = PasswordHash.scheme(of: stored)
        guard Self.dovecots.contains(scheme) else { return .failure(Reason(text: "Dovecot has no scheme \(scheme)")) }
        return .success(stored.hasPrefix("{") ? stored : "{\(scheme)}\(stored)")
    }

    /// Of `PasswordHash.scheme`, those that are Dovecot's own only if they came with their scheme in front.
    private static let dovecots: Set<String> = [
        "ARGON2ID", "ARGON2I", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "SSHA", "SSHA256", "SSHA512",
        "SHA",
        "SHA1", "SHA256", "SHA512", "SMD5", "MD5", "PLAIN-MD5", "LDAP-MD5", "PBKDF2", "SCRAM-SHA-1", "SCRAM-SHA-256",
        "CRAM-MD5", "HMAC-MD5", "DES-CRYPT", "CRYPT",
    ]
}
