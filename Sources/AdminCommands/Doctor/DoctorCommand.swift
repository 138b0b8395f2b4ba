import Administration
import ArgumentParser
import Authentication
import Credentials

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the installation, and say what to do about each problem.",
        discussion: "Exit status: 0 nothing is bad, perhaps with warnings; 1 something is bad.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Dovecot's configuration file, if it is not the default.") var dovecotConfig: String?
    @Option(name: .customLong("fail2ban-config"), help: "fail2ban's configuration directory, if it is not the default.")
    var failToBanConfig: String?
    @Option(help: "Postfix's configuration directory, if it is not the default.") var postfixConfig: String?
    @OptionGroup var list: ListOptions

    func run() throws {
        let configuration = try Session.configuration(global)
        let delimiter = DovecotChecks.recipientDelimiter(configurationFile: dovecotConfig) ?? ""
        let files = FileChecks.run(configuration)
        let servers =
            DaemonChecks.run(configuration) + DovecotChecks.run(configuration, configurationFile: dovecotConfig)
            + PostfixChecks.run(configuration, configurationDirectory: postfixConfig)
            + FailToBanChecks.run(configurationDirectory: failToBanConfig)
        // Last: opening the store turns root into user postern.
        let findings = files + StoreChecks.run(configuration, delimiter: delimiter) + servers
        if list.chosen == .table {
            // The texts are too long for a table.
            for finding in findings { Output.line(Printable.text(finding.cells.joined(separator: ": "))) }
        } else {
            try list.print(findings)
        }
        if findings.contains(where: { $0.level == .bad }) { throw CommandFailure(.negative, "") }
    }
}
