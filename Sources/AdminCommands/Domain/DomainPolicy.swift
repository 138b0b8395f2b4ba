import Administration
import ArgumentParser
import Credentials

struct DomainPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Set what is required of all accounts of a domain.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The domain.") var domain: String
    @OptionGroup var options: PolicyOptions

    func run() throws {
        let admin = try Session(global).admin
        let name = try Administrator.domain(domain)
        guard options.change.cleared.isEmpty else {
            throw CommandFailure(
                .usage, "'domain' is for 'account policy' only; for a domain, give optional, none or all")
        }
        guard options.dryRun else { return try admin.setPolicy(options.change, options.words, domain: name) }
        var progress: Progress?
        let (effects, accounts) = try admin.effects(of: options.change, onDomain: name) { total in
            if progress == nil { progress = Progress("accounts", of: total) }
            progress?.step()
        }
        progress = nil
        try PolicyEffectView.show(effects, of: accounts, json: options.json)
    }
}
