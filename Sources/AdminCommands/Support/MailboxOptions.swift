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
    var fields: [MailFieldOption] = []

    var overrides: MailboxOverrides {
        MailboxOverrides(uid: uid, gid: gid, home: home, fields: fields.map(\.field))
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
        let names = fields.map(\.field.name)
        guard Set(names).count == names.count, names.count <= MailField.most else {
            throw ValidationError("--field: each name once, \(MailField.most) at most.")
        }
    }
}

struct MailFieldOption: ExpressibleByArgument {
    let field: MailField

    init?(argument: String) {
        guard let field = MailField(argument) else { return nil }
        self.field = field
    }
}
