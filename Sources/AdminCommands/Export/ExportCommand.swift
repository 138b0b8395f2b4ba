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
            let senders = try store.accountsSendingAsAny()
            if !senders.isEmpty {
                Output.error(
                    "These may send as any address, which no export says: \(senders.joined(separator: ", ")) "
                        + "(postern account send-as)")
            }
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
                let all = mailbox.fields(of: account)
                // The first three have a place of their own; the others are extra fields, between spaces.
                let (place, more) = (all.prefix(3).map(\.value), all.dropFirst(3))
                // What Dovecot would read as something else.
                guard !account.name.text.hasPrefix("#"),
                    !([account.name.text] + place).contains(where: { $0.utf8.contains(UInt8(ascii: ":")) })
                else {
                    without.append([account.name.text, "a \":\" in name or home, or a \"#\" before it: left out"])
                    continue
                }
                let password: String
                switch hash(account, now) {
                case .success(let text): password = text
                case .failure(let why):
                    password = Self.noPassword
                    without.append([account.name.text, why.text])
                }
                let extra = more.filter { !$0.value.contains(" ") }.map { "userdb_\($0.key)=\($0.value)" }
                if extra.count < more.count {
                    without.append([account.name.text, "a mail field with a space in it: left out"])
                }
                let fields = [
                    account.name.text, password, place[0], place[1], "", place[2], "", extra.joined(separator: " "),
                ]
                Output.line(fields.joined(separator: ":"))
            }
        }
        guard !without.isEmpty else { return }
        Output.error("These are not there, or not as they are here:")
        Output.table(["ACCOUNT", "WHY"], without, to: .error)
    }

    private struct Reason: Error { let text: String }

    private func hash(_ account: AccountState, _ now: Timestamp) -> Result<String, Reason> {
        if account.isDisabled(at: now) { return .failure(Reason(text: "disabled")) }
        guard let stored = account.mainHash else { return .failure(Reason(text: "no main password here")) }
        if case .deny(let reason) = Rule.judgeMainPassword(account: account, service: .imap, now: now),
            reason == .mainPasswordRefused || reason == .mustChange, !withoutSecondFactor
        {
            return .failure(
                Reason(text: "its main password opens no mail (--without-second-factor gives it all the same)"))
        }
        guard account.services == .mail else { return .failure(Reason(text: "policy leaves it not all services")) }
        guard let text = dovecots(stored) else {
            return .failure(Reason(text: "Dovecot has no \(PasswordHash.scheme(of: stored)) hashes in this form"))
        }
        return .success(text)
    }

    /// As Dovecot would store it: what came with its scheme has it still, and bare forms have one of Dovecot's unless they
    /// are passlib's own.
    private func dovecots(_ stored: String) -> String? {
        if stored.hasPrefix("{") {
            return (try? PasswordHash(stored: stored, memoryLimit: .max)) == nil ? nil : stored
        }
        let scheme = PasswordHash.scheme(of: stored)
        switch scheme {
        case "ARGON2ID", "ARGON2I", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT":
            return "{\(scheme)}\(stored)"
        case "YESCRYPT": return "{CRYPT}\(stored)"
        default: return nil
        }
    }
}
