/// A small dump of mailcow's tables, in mysqldump's form.
package struct MailcowDump {
    package var mailboxes: [[String]] = []
    package var appPasswords: [[String]] = []
    package var factors: [[String]] = []
    package var aliases: [[String]] = []
    /// Who may send as what else: logged_in_as, send_as.
    package var senders: [[String]] = []
    package var activeDomains = ["example.org"]

    package init() {}

    /// `SHA1("main secret")`-like hashes would do; this one is of "password", MD5-crypt by glibc.
    package static let hash = "{MD5-CRYPT}$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"

    package mutating func addMailbox(_ name: String, hash: String = hash, active: Int = 1, attributes: String = "{}") {
        mailboxes.append([name, hash, "example.org", attributes, "mailcow", "", "\(active)"])
    }

    package mutating func addAppPassword(
        _ id: Int, _ mailbox: String, name: String = "Phone", hash: String = hash, active: Int = 1
    ) {
        appPasswords.append(
            ["\(id)", name, mailbox, hash, "2025-03-01 10:00:00", "\(active)", "1", "1", "0", "0", "1", "1"])
    }

    package var text: String {
        [
            "-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB", "/*!40101 SET NAMES utf8mb4 */;",
            table(
                "mailbox", ["username", "password", "domain", "attributes", "authsource", "kind", "active"], mailboxes),
            table(
                "app_passwd",
                [
                    "id", "name", "mailbox", "password", "created", "active", "imap_access", "smtp_access",
                    "dav_access",
                    "eas_access", "pop3_access", "sieve_access",
                ], appPasswords), table("tfa", ["username", "authmech", "secret", "active"], factors),
            table("domain", ["domain", "active"], activeDomains.map { [$0, "1"] }),
            table(
                "alias", ["address", "goto", "domain", "active"], aliases.map { [$0[0], $0[1], "example.org", "1"] }),
            table("sender_acl", ["logged_in_as", "send_as"], senders),
            "-- Dump completed on 2026-11-21 10:00:00",
        ].joined(separator: "\n") + "\n"
    }

    private func table(_ name: String, _ columns: [String], _ rows: [[String]]) -> String {
        let definitions = columns.map { "  `\($0)` varchar(255) NOT NULL" }.joined(separator: ",\n")
        let insertions = rows.map { row in
            "INSERT INTO `\(name)` VALUES (" + row.map(quoted).joined(separator: ",") + ");"
        }
        return (["CREATE TABLE `\(name)` (\n\(definitions)\n) ENGINE=InnoDB;"] + insertions).joined(separator: "\n")
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.map { character in
            switch character {
            case "'": #"\'"#
            case "\\": #"\\"#
            case "\n": #"\n"#
            case "\0": #"\0"#
            default: String(character)
            }
        }
        return "'" + escaped.joined() + "'"
    }
}
