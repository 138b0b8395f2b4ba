import Administration
import ArgumentParser
import Authentication
import Credentials

/// Where mail is stored, if not where the configuration says.
struct MailboxOptions: ParsableArguments {
    @Option(help: "The user that owns the mail, by name or number, instead of mail_uid.") var uid: String?
    @Option(help: "The group that owns the mail, by name or number, instead of mail_gid.") var gid: String?
    @Option(help: "The home directory of the mail, an absolute path, instead of mail_home.") var home: String?
    @Option(
        name: .customLong("field"),
        help: ArgumentHelp(
            "A further field of Dovecot's userdb, without userdb_ before its name. Repeat it for more.",
            valueName: "name=value"))
    var fields: [String] = []

    var overrides: MailboxOverrides {
        MailboxOverrides(uid: uid, gid: gid, home: home, fields: fields.compactMap { MailField($0) })
    }

    var isGiven: Bool { overrides != MailboxOverrides() }

    /// Refuses a template as the home: only a domain can have one.
    func expectPath() throws {
        guard let home, home.contains("%") else { return }
        throw ValidationError(
            "--home \(Printable.text(home)): must not contain %; only 'domain mailbox' takes a template.")
    }

    func validate() throws {
        for word in [uid, gid] {
            if let word, word.isEmpty || !word.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
                throw ValidationError("\(Printable.text(word)) is not a user or a group.")
            }
        }
        if let home, !home.hasPrefix("/") || home.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            throw ValidationError("\(Printable.text(home)) is not an absolute path.")
        }
        for text in fields where MailField(text) == nil {
            throw ValidationError(
                "--field \(Printable.text(text)): give NAME=VALUE. The name has lower-case letters, digits and _, does "
                    + "not begin with userdb_ and is not uid, gid, home or user; the value has no TAB and no line end.")
        }
        let names = overrides.fields.map(\.name)
        guard Set(names).count == names.count, names.count <= MailField.maxCount else {
            throw ValidationError("--field: give each name once, and at most \(MailField.maxCount) fields.")
        }
    }
}

/// Makes removing all mailbox settings explicit: a mailbox command without options is refused.
struct ResetOption: ParsableArguments {
    @Flag(help: "Remove all these settings, and use those of the domain or the configuration.") var reset = false

    /// - Parameter mailbox: The options that are given beside `--reset`.
    func expect(_ mailbox: MailboxOptions) throws {
        guard reset != mailbox.isGiven else {
            throw ValidationError(
                reset
                    ? "--reset cannot be given together with other settings."
                    : "Give --uid, --gid, --home or --field, or --reset to remove all of them.")
        }
    }
}
