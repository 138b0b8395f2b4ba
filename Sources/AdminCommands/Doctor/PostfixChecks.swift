import Authentication

/// Checks that Postfix asks posternd. If it asks Dovecot instead, outages and "later" are reported as wrong passwords.
enum PostfixChecks {
    /// Returns no finding if Postfix is not installed or does not authenticate.
    static func run(_ configuration: Configuration, configurationDirectory: String?) -> [Finding] {
        let command = ["postconf"] + (configurationDirectory.map { ["-c", $0] } ?? [])
        guard let main = CommandOutput.of(command + ["smtpd_sasl_type", "smtpd_sasl_path", "queue_directory"]) else {
            return []
        }
        // A line for each service that overrides it, as in "submission/inet/smtpd_sasl_path = ..."; usually none.
        let services = CommandOutput.of(command + ["-P", "*/inet/smtpd_sasl_path"]) ?? ""
        let enabled = CommandOutput.of(command + ["smtpd_sasl_auth_enable"]) ?? ""
        let enabledServices = CommandOutput.of(command + ["-P", "*/inet/smtpd_sasl_auth_enable"]) ?? ""
        guard (enabled + enabledServices).contains("= yes") else { return [] }
        return judge(main + services, authSocket: configuration.authSocket)
    }

    /// - Parameter output: The output of `postconf`: "name = value" lines.
    static func judge(_ output: String, authSocket: String) -> [Finding] {
        var settings: [(name: String, value: String)] = []
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            if parts.count == 2 { settings.append((parts[0], parts[1])) }
        }
        func value(_ name: String) -> String { settings.last { $0.name == name }?.value ?? "" }
        let queue = value("queue_directory")
        // The path of main.cf, or those of the services if some of them override it.
        let paths = settings.filter { $0.name.hasSuffix("smtpd_sasl_path") }
        let inUse = paths.count > 1 ? paths.filter { $0.name != "smtpd_sasl_path" } : paths
        let foreign = inUse.filter { setting in
            let path = setting.value.hasPrefix("unix:") ? String(setting.value.dropFirst(5)) : setting.value
            return (path.hasPrefix("/") ? path : queue + "/" + path) != authSocket
        }
        if let first = foreign.first {
            let text =
                "\(first.name) = \(first.value) is not auth_socket = \(authSocket): through Dovecot, outages and \"try "
                + "later\" are reported as wrong passwords (535); see postfix-conf/"
            return [Finding(level: .warning, subject: "postfix", text: text)]
        }
        guard !inUse.isEmpty else { return [] }
        return [Finding(level: .good, subject: "postfix", text: "asks posternd who may sign in")]
    }
}

extension Substring {
    /// Without spaces and tabs around it.
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(String(drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
    }
}
