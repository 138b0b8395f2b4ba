/// What in Dovecot's configuration would break sign-ins, the rule, or those who count guesses.
enum DovecotChecks {
    static func run(configurationFile: String?) -> [Finding] {
        guard let output = CommandOutput.of(["doveconf"] + (configurationFile.map { ["-c", $0] } ?? []) + ["-n"]) else {
            let text = "doveconf gives no configuration; if Dovecot is installed, run 'doveconf -n' to see why"
            return [Finding(level: configurationFile == nil ? .warning : .bad, subject: "dovecot", text: text)]
        }
        let findings = judge(DovecotConfiguration(output))
        if !findings.isEmpty { return findings }
        let text = "its configuration fits; to try a sign-in: doveadm auth test -x service=imap ADDRESS"
        return [Finding(level: .good, subject: "dovecot", text: text)]
    }

    /// The characters that begin the extension of an address for Dovecot's LMTP; nil if it does not say.
    static func recipientDelimiter(configurationFile: String?) -> String? {
        let command = ["doveconf"] + (configurationFile.map { ["-c", $0] } ?? []) + ["-h", "recipient_delimiter"]
        return CommandOutput.of(command)?.split(separator: "\n").first.map(String.init)
    }

    static func judge(_ dovecot: DovecotConfiguration) -> [Finding] {
        var findings: [Finding] = []
        func bad(_ subject: String, _ text: String) {
            findings.append(Finding(level: .bad, subject: subject, text: text))
        }
        func warn(_ subject: String, _ text: String) {
            findings.append(Finding(level: .warning, subject: subject, text: text))
        }
        let passdbs = dovecot.blocks("passdb")
        let isOurs = passdbs.map { passdb in
            // Of 2.3 with checkpassword and with Lua, and of 2.4.
            passdb["driver"] == "checkpassword" && passdb["args"]?.contains("postern-checkpassword") == true
                || passdb["driver"] == "lua" && passdb["args"]?.contains("/postern.lua") == true
                || passdb["lua_file"]?.hasSuffix("/postern.lua") == true
        }
        if !isOurs.contains(true) {
            bad("passdb", "no passdb asks Postern; include the file from dovecot-conf/ that fits your Dovecot")
        } else if isOurs.contains(false) {
            warn("passdb", "another passdb is there beside Postern's: what it accepts, the two-factor rule never sees")
        }
        if dovecot["auth_username_chars"] != "" {
            bad(
                "auth_username_chars",
                "is not empty: Dovecot throws out names with apostrophes, accents and the like before Postern is asked, "
                    + "and bounces their mail; set it to nothing")
        }
        if let size = dovecot["auth_cache_size"], size != "0" {
            bad("auth_cache_size", "is \(size): a revoked app password works on from the cache; set it to 0")
        }
        if dovecot["auth_verbose"] == "yes" {
            warn(
                "auth_verbose",
                "is on: Dovecot logs failures of its own, and refusals are counted as guesses; set it to no")
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
                "its penalty is on: a forgotten phone slows a whole office down; set mode = 0 for anvil-auth-penalty")
        }
        // Checkpassword programs are children of the auth process; Lua runs in its workers.
        let usesLua = passdbs.contains { ($0["args"] ?? $0["lua_file"])?.contains("/postern.lua") == true }
        let service = usesLua ? "service auth-worker" : "service auth"
        let groups = dovecot["\(service)/extra_groups"]?.split(whereSeparator: { $0 == " " || $0 == "," }) ?? []
        if !groups.contains(Substring(Installation.groupName)), !(usesLua && dovecot["\(service)/user"] == "root") {
            bad(
                service,
                "is not in group \(Installation.groupName) and reaches neither database nor posternd; "
                    + "set extra_groups = \(Installation.groupName)")
        }
        return findings
    }
}
