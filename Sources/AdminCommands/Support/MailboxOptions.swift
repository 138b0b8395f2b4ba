import ArgumentParser
import Authentication
import Credentials

/// Where mail lies, if not where the configuration says.
struct MailboxOptions: ParsableArguments {
    @Option(help: "User that owns the mail, by name or number, instead of mail_uid.") var uid: String?
    @Option(help: "Group that owns the mail, by name or number, instead of mail_gid.") var gid: String?
    @Option(help: "Home of the mail, an absolute path, instead of mail_home.") var home: String?
    @Option(
        name: .customLong("field"),
        help: ArgumentHelp(
            "A further field of Dovecot's userdb, without userdb_ before its name. May be given several times.",
            valueName: "name=value"))
    var fields: [String] = []

    var overrides: MailboxOverrides {
        MailboxOverrides(uid: uid, gid: gid, home: home, fields: fields.compactMap { MailField($0) })
    }

    /// What is said, for the change record.
    var detail: String {
        let said = [("uid", uid), ("gid", gid), ("home", home)].compactMap { name, value in
            value.map { "\(name)=\($0)" }
        }
        return (said + fields).joined(separator: " ")
    }

    /// Only a domain's home is a template.
    func expectPath() throws {
        guard let home, home.contains("%") else { return }
        throw ValidationError("--home \(Printable.text(home)): no % here; 'domain mailbox' takes a template.")
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
                "--field \(Printable.text(text)): say NAME=VALUE. A name is lower-case letters, digits and _, without userdb_ "
                    + "before it, and none of uid, gid, home and user; a value has no TAB and no line end.")
        }
        let names = overrides.fields.map(\.name)
        guard Set(names).count == names.count, names.count <= MailField.most else {
            throw ValidationError("--field: each name once, \(MailField.most) at most.")
        }
    }
}

/// How mailbox commands are kept from taking away what nobody wanted to lose.
struct ResetOption: ParsableArguments {
    @Flag(help: "Say nothing any more: all of it as the next one has it.") var reset = false

    /// - Parameter mailbox: What is said beside it.
    func expect(_ mailbox: MailboxOptions) throws {
        guard reset == mailbox.detail.isEmpty else {
            throw ValidationError(
                reset
                    ? "--reset says nothing beside it."
                    : "say --uid, --gid, --home or --field, or --reset for none of them.")
        }
    }
}
