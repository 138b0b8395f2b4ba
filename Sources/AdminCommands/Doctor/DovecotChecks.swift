import Authentication
import CPostern
import Credentials

/// Checks Dovecot's configuration for what would break sign-ins, the two-factor rule or the counting of guesses.
enum DovecotChecks {
    static func run(_ configuration: Configuration, configurationFile: String?) -> [Finding] {
        guard let output = CommandOutput.of(["doveconf"] + (configurationFile.map { ["-c", $0] } ?? []) + ["-n"]) else {
            let text = "doveconf gives no configuration; if Dovecot is installed, run 'doveconf -n' to see why"
            return [Finding(level: configurationFile == nil ? .warning : .bad, subject: "dovecot", text: text)]
        }
        let findings = judge(DovecotConfiguration(output), hasDaemon: hasDaemon(configuration.dovecotSocket))
        if !findings.isEmpty { return findings }
        let text = "its configuration fits; to try a sign-in: doveadm auth test -x service=imap ADDRESS"
        return [Finding(level: .good, subject: "dovecot", text: text)]
    }

    /// Returns the characters that begin the extension of an address in Dovecot's LMTP; nil if Dovecot is not installed
    /// or the setting is empty.
    static func recipientDelimiter(configurationFile: String?) -> String? {
        let command = ["doveconf"] + (configurationFile.map { ["-c", $0] } ?? []) + ["-h", "recipient_delimiter"]
        return CommandOutput.of(command)?.split(separator: "\n").first.map(String.init)
    }

    /// Whether posternd listens on `dovecot_socket`; nil if it may listen, but cannot be reached.
    private static func hasDaemon(_ socket: String) -> Bool? {
        guard !socket.isEmpty else { return false }
        let problem = tryConnecting(to: socket)
        return problem == 0 ? true : postern_nobody_listens(problem) != 0 ? false : nil
    }

    /// - Parameter hasDaemon: Whether posternd listens on `dovecot_socket`; nil: not known.
    static func judge(_ dovecot: DovecotConfiguration, hasDaemon: Bool?) -> [Finding] {
        var findings: [Finding] = []
        func bad(_ subject: String, _ text: String) {
            findings.append(Finding(level: .bad, subject: subject, text: text))
        }
        func warn(_ subject: String, _ text: String) {
            findings.append(Finding(level: .warning, subject: subject, text: text))
        }
        let passdbs = dovecot.blocks("passdb")
        let isOurs = passdbs.map(asksPostern)
        if !isOurs.contains(true) {
            bad("passdb", "no passdb asks Postern; include the file from dovecot-conf/ that fits your Dovecot")
        } else if isOurs.contains(false) {
            warn(
                "passdb",
                "there is another passdb beside Postern's, to which the two-factor rule does not apply; remove it"
            )
        }
        // Checkpassword's programs: what comes before the name, and options after it, are the operator's.
        let programs = passdbs.filter(startsProgram).compactMap { $0["args"]?.split(separator: " ") }
        let startsLocal = programs.map { $0.contains { $0.hasSuffix("/postern-checkpassword-local") } }
        if hasDaemon == true, startsLocal.contains(true) {
            warn(
                "passdb",
                "posternd is running, but Dovecot starts the large program that can do without it; include "
                    + "dovecot-2.3-checkpassword.conf, whose program starts much faster")
        } else if hasDaemon == false, startsLocal.contains(false) {
            warn(
                "passdb",
                "posternd is not running, so each sign-in starts two programs; start posternd, or include "
                    + "dovecot-2.3-checkpassword-local.conf")
        }
        if dovecot["auth_username_chars"] != "" {
            bad(
                "auth_username_chars",
                "is not empty: Dovecot refuses names with apostrophes, accents and the like before it asks Postern, "
                    + "and bounces their mail; set it to nothing")
        }
        if let size = dovecot["auth_cache_size"], size != "0" {
            bad("auth_cache_size", "is \(size): a revoked app password still works from the cache; set it to 0")
        }
        if dovecot["auth_verbose"] == "yes" {
            warn(
                "auth_verbose",
                "is on: Dovecot logs refusals itself, and log readers count them as guesses; set it to no")
        }
        if let passwords = dovecot["auth_verbose_passwords"], passwords != "no" {
            bad("auth_verbose_passwords", "is \(passwords): it writes app passwords to the log; set it to no")
        }
        if dovecot["auth_debug_passwords"] == "yes" {
            bad("auth_debug_passwords", "is on: it writes passwords to the log; set it to no")
        }
        if dovecot["service anvil/unix_listener anvil-auth-penalty/mode"].flatMap({ Int($0, radix: 8) }) != 0 {
            warn(
                "service anvil",
                "its penalty is on: one phone with an old password slows down a whole office; "
                    + "set mode = 0 for anvil-auth-penalty")
        }
        // Checkpassword programs are children of the auth process; Lua runs in its workers.
        let usesLua = passdbs.contains { ($0["args"] ?? $0["lua_file"])?.contains("/postern.lua") == true }
        let service = usesLua ? "service auth-worker" : "service auth"
        let groups = dovecot["\(service)/extra_groups"]?.split(whereSeparator: { $0 == " " || $0 == "," }) ?? []
        if !groups.contains(Substring(Installation.groupName)), !(usesLua && dovecot["\(service)/user"] == "root") {
            bad(
                service,
                "is not in group \(Installation.groupName) and can reach neither the database nor posternd; "
                    + "set extra_groups = \(Installation.groupName)")
        }
        return findings
    }

    private static func startsProgram(_ passdb: [String: String]) -> Bool {
        passdb["driver"] == "checkpassword" && passdb["args"]?.contains("postern-checkpassword") == true
    }

    /// Whether a passdb asks Postern: 2.3 with checkpassword, 2.3 with Lua, and 2.4.
    private static func asksPostern(_ passdb: [String: String]) -> Bool {
        startsProgram(passdb)
            || passdb["driver"] == "lua" && passdb["args"]?.contains("/postern.lua") == true
            || passdb["lua_file"]?.hasSuffix("/postern.lua") == true
    }
}
