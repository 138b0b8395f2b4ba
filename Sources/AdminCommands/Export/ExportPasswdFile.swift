import Administration
import ArgumentParser
import Authentication
import Credentials

struct ExportPasswdFile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd-file",
        abstract: "Export accounts and main passwords as Dovecot's passwd-file, on standard output.",
        discussion: """
            Dovecot has no second factor and one password for each user. So accounts that are disabled, or whose main
            password is not accepted for mail, are exported with a password that nothing matches, and are named on
            standard error.
            """)

    @OptionGroup var global: GlobalOptions
    @Flag(help: "Export main passwords even where Postern accepts them on the web only.")
    var withoutSecondFactor = false

    /// A hash that no password matches (crypt(5), "Portability notes").
    private static let noPassword = "{CRYPT}*"

    func run() throws {
        let session = try Session(global)
        let mailbox = Mailbox(session.configuration)
        let now = Timestamp.now()
        var notes: [[String]] = []
        try session.admin.storing { (store) throws(StoreError) in
            for account in try store.accounts() {
                let all = mailbox.fields(of: account)
                // uid, gid and home have columns of their own; the others become extra fields, separated by spaces.
                let (columns, more) = (all.prefix(3).map(\.value), all.dropFirst(3))
                // Dovecot would read a comment or another column.
                guard !account.name.text.hasPrefix("#"),
                    !([account.name.text] + columns).contains(where: { $0.utf8.contains(UInt8(ascii: ":")) })
                else {
                    notes.append([
                        account.name.text, "\":\" in its name, uid, gid or home, or \"#\" before its name; skipped",
                    ])
                    continue
                }
                let password: String
                switch exportableHash(account, now) {
                case .success(let text): password = text
                case .failure(let why):
                    password = Self.noPassword
                    notes.append([account.name.text, why.text])
                }
                let extra = more.filter { !$0.value.contains(" ") }.map { "userdb_\($0.key)=\($0.value)" }
                if extra.count < more.count {
                    notes.append([account.name.text, "a mail field with a space in it; skipped"])
                }
                let fields = [
                    account.name.text, password, columns[0], columns[1], "", columns[2], "",
                    extra.joined(separator: " "),
                ]
                Output.line(fields.joined(separator: ":"))
            }
        }
        guard !notes.isEmpty else { return }
        Output.table(["SKIPPED OR CHANGED", "WHY"], notes, to: .error)
    }

    private struct Reason: Error { let text: String }

    private func exportableHash(_ account: AccountState, _ now: Timestamp) -> Result<String, Reason> {
        if account.isDisabled(at: now) { return .failure(Reason(text: "disabled; exported without a password")) }
        guard let stored = account.mainHash else { return .failure(Reason(text: "no main password in Postern")) }
        if case .deny(let reason) = Rule.judgeMainPassword(account: account, service: .imap, now: now),
            reason == .mainPasswordRefused || reason == .mustChange, !withoutSecondFactor
        {
            return .failure(
                Reason(
                    text: "its main password is not accepted for mail; exported without a password "
                        + "(--without-second-factor exports it)"))
        }
        guard account.services == .mail else {
            return .failure(Reason(text: "policy does not allow it all services; exported without a password"))
        }
        guard let text = dovecotHash(stored) else {
            return .failure(
                Reason(
                    text: "Dovecot has no \(PasswordHash.scheme(of: stored)) hashes in this form; exported without a "
                        + "password"))
        }
        return .success(text)
    }

    /// Returns a hash as Dovecot would store it; nil if it has no such scheme. Hashes that were imported with their
    /// scheme still have it; bare ones are in one of Dovecot's schemes, unless they are in passlib's own formats.
    private func dovecotHash(_ stored: String) -> String? {
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
