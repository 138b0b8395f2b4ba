import Authentication
import Credentials
import Glibc

/// Checks the owners and modes of `Installation`, the log target and the owner of the mail.
enum FileChecks {
    static func run(_ configuration: Configuration) -> [Finding] {
        guard let group = try? Installation.group() else {
            let advice = "is missing; run 'groupadd --system \(Installation.groupName)' and 'postern init'"
            return [Finding(level: .bad, subject: "group \(Installation.groupName)", text: advice)]
        }
        var findings: [Finding?] = []
        if let path = configuration.store.path {
            findings.append(check(directory(of: path), mode: 0o2770, group: group, isRequired: true))
            findings.append(check(path, mode: 0o660, group: group, isRequired: true))
            for suffix in ["-wal", "-shm"] {
                findings.append(check(path + suffix, mode: 0o660, group: group, isRequired: false))
            }
            findings.append(strayJournal(path + "-journal"))
        }
        findings.append(check(configuration.keyFile, mode: 0o640, group: group, isRequired: true))
        if configuration.logTarget.hasPrefix("/") {
            findings.append(check(configuration.logTarget, mode: 0o660, group: group, isRequired: false))
        } else if configuration.logTarget == "stderr" {
            findings.append(
                Finding(
                    level: .warning, subject: "log_target",
                    text: "is stderr, where no log reader counts guesses; set it to syslog or a file"))
        } else if let problem = Syslog.problem() {
            let text = "\(problem): no log reader counts guesses; start a system log, or set log_target to a file"
            findings.append(Finding(level: .bad, subject: "log_target", text: text))
        }
        return findings.compactMap { $0 } + mailOwner(configuration)
    }

    /// Finds a rollback journal beside the database. Postern's databases have a write-ahead log instead.
    private static func strayJournal(_ path: String) -> Finding? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return Finding(
            level: .bad, subject: path,
            text:
                "is a rollback journal, which Postern never makes: SQLite would play it back when the database is "
                + "opened, and delete the file that it names. Remove it before any program opens the database as "
                + "root, and find out why uid \(status.st_uid) put it there")
    }

    /// Checks that the owner of the mail exists: otherwise Dovecot fails each sign-in after Postern has granted it.
    private static func mailOwner(_ configuration: Configuration) -> [Finding] {
        let (user, group) = (configuration.mailUID, configuration.mailGID)
        var findings: [Finding] = []
        if UInt32(user) == nil, unsafe getpwnam(user) == nil {
            findings.append(
                Finding(
                    level: .bad, subject: "mail_uid", text: "there is no user '\(user)' to own the mail; set mail_uid"))
        }
        if UInt32(group) == nil, unsafe getgrnam(group) == nil {
            findings.append(
                Finding(
                    level: .bad, subject: "mail_gid", text: "there is no group '\(group)' to own the mail; set mail_gid"
                ))
        }
        return findings
    }

    private static func check(_ path: String, mode: UInt32, group: UInt32, isRequired: Bool) -> Finding? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard isRequired || errno != ENOENT else { return nil }
            return Finding(level: .bad, subject: path, text: "\(systemMessage(errno)); run 'postern init'")
        }
        let found = status.st_mode & 0o7777
        if found != mode {
            let octal = "0" + String(found, radix: 8)
            return Finding(
                level: .bad, subject: path, text: "has mode \(octal); run 'chmod 0\(String(mode, radix: 8)) \(path)'")
        }
        if status.st_gid != group {
            return Finding(
                level: .bad, subject: path,
                text: "is not in group \(Installation.groupName); run 'chgrp \(Installation.groupName) \(path)'")
        }
        return Finding(level: .good, subject: path, text: "has the right group and mode")
    }
}
