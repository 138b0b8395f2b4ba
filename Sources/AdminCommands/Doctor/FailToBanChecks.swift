/// Whether fail2ban counts guesses, once, and nothing else.
enum FailToBanChecks {
    /// No finding where there is no fail2ban: something else may read the log.
    static func run(configurationDirectory: String?) -> [Finding] {
        guard CommandOutput.of(["fail2ban-client", "--version"]) != nil else { return [] }
        let option = configurationDirectory.map { ["-c", $0] } ?? []
        guard let output = CommandOutput.of(["fail2ban-client"] + option + ["-d"]) else {
            let text = "its configuration cannot be read; run 'fail2ban-client -d' to see why"
            return [Finding(level: .warning, subject: "fail2ban", text: text)]
        }
        return judge(output)
    }

    /// - Parameter dump: What `fail2ban-client -d` prints: a line for each command that sets a jail up.
    static func judge(_ dump: String) -> [Finding] {
        var findings: [Finding] = []
        func warn(_ text: String) { findings.append(Finding(level: .warning, subject: "fail2ban", text: text)) }
        let lines = dump.split(separator: "\n")
        func has(_ jail: String) -> Bool { lines.contains { $0.hasPrefix("['add', '\(jail)',") } }
        if !has("postern") {
            warn("has no jail for Postern's line: nobody is banned; take the files of fail2ban/ in share/postern")
        }
        for jail in ["dovecot", "postfix-sasl"] where has(jail) {
            warn(
                "its stock jail '\(jail)' counts refusals as guesses, and guesses twice: a forgotten phone gets its "
                    + "office banned; take postern-instead.local")
        }
        let countsInPostfix = lines.contains {
            $0.hasPrefix("['multi-set', 'postfix', 'addfailregex'") && $0.contains("SASL")
        }
        if countsInPostfix {
            warn(
                "its jail 'postfix' counts refusals as guesses in this mode; take postern-instead.local, or mode = more"
            )
        }
        let countsInExim = lines.contains { $0.hasPrefix("['multi-set', 'exim', 'addfailregex'") }
        if countsInExim,
            !lines.contains(where: { $0.contains("'exim', 'addignoreregex'") && $0.contains("authenticator") })
        {
            warn("its jail 'exim' counts refusals as guesses; take postern-instead.local")
        }
        if findings.isEmpty {
            findings.append(Finding(level: .good, subject: "fail2ban", text: "counts guesses, and nothing else"))
        }
        return findings
    }
}
