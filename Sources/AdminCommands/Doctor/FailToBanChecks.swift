/// Checks that fail2ban counts each guess once, and nothing but guesses.
enum FailToBanChecks {
    /// Returns no finding if fail2ban is not installed: another program may read the log.
    static func run(configurationDirectory: String?) -> [Finding] {
        guard CommandOutput.of(["fail2ban-client", "--version"]) != nil else { return [] }
        let option = configurationDirectory.map { ["-c", $0] } ?? []
        guard let output = CommandOutput.of(["fail2ban-client"] + option + ["-d"]) else {
            let text = "its configuration cannot be read; run 'fail2ban-client -d' to see why"
            return [Finding(level: .warning, subject: "fail2ban", text: text)]
        }
        return judge(output)
    }

    /// - Parameter dump: The output of `fail2ban-client -d`: a line for each command that sets up a jail.
    static func judge(_ dump: String) -> [Finding] {
        var findings: [Finding] = []
        func warn(_ text: String) { findings.append(Finding(level: .warning, subject: "fail2ban", text: text)) }
        let lines = dump.split(separator: "\n")
        func has(_ jail: String) -> Bool { lines.contains { $0.hasPrefix("['add', '\(jail)',") } }
        if !has("postern") {
            warn("has no jail for Postern's log: nobody is banned; install the files of fail2ban/ in share/postern")
        }
        for jail in ["dovecot", "postfix-sasl"] where has(jail) {
            warn(
                "its stock jail '\(jail)' counts refusals as guesses, and guesses twice: one phone with an old "
                    + "password gets its office banned; install postern-instead.local")
        }
        let countsInPostfix = lines.contains {
            $0.hasPrefix("['multi-set', 'postfix', 'addfailregex'") && $0.contains("SASL")
        }
        if countsInPostfix {
            warn(
                "its jail 'postfix' counts refusals as guesses in this mode; install postern-instead.local, or set "
                    + "mode = more"
            )
        }
        let countsInExim = lines.contains { $0.hasPrefix("['multi-set', 'exim', 'addfailregex'") }
        if countsInExim,
            !lines.contains(where: { $0.contains("'exim', 'addignoreregex'") && $0.contains("authenticator") })
        {
            warn("its jail 'exim' counts refusals as guesses; install postern-instead.local")
        }
        if findings.isEmpty {
            findings.append(Finding(level: .good, subject: "fail2ban", text: "counts guesses, and nothing else"))
        }
        return findings
    }
}
