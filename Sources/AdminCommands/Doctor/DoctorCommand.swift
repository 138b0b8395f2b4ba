import ArgumentParser
import Authentication
import Credentials

/// One thing `doctor` looked at.
struct Finding: Encodable {
    enum Level: String, Encodable {
        case good
        /// Works, and will surprise somebody.
        case warning
        /// Sign-ins fail, or secrets or the rule are at risk.
        case bad
    }

    let level: Level
    let subject: String
    let text: String
}

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what is wrong with the installation, and say what to do.",
        discussion: "Exit status: 0 all is well, or only warnings; 1 something is bad.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Dovecot's configuration file, if not the standard one.") var dovecotConfig: String?
    @Option(name: .customLong("fail2ban-config"), help: "fail2ban's configuration directory, if not the standard one.")
    var failToBanConfig: String?
    @Option(help: "Postfix's configuration directory, if not the standard one.") var postfixConfig: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let configuration = try Session.configuration(global)
        let delimiter = DovecotChecks.recipientDelimiter(configurationFile: dovecotConfig) ?? ""
        let files = FileChecks.run(configuration)
        let servers =
            DaemonChecks.run(configuration) + DovecotChecks.run(configurationFile: dovecotConfig)
            + PostfixChecks.run(configuration, configurationDirectory: postfixConfig)
            + FailToBanChecks.run(configurationDirectory: failToBanConfig)
        // Last: from then on root is user postern.
        let findings = files + StoreChecks.run(configuration, delimiter: delimiter) + servers
        if json {
            try Output.json(findings)
        } else {
            for finding in findings {
                Output.line("\(finding.level.rawValue): \(finding.subject): \(Printable.text(finding.text))")
            }
        }
        if findings.contains(where: { $0.level == .bad }) { throw CommandFailure(.negative, "") }
    }
}
