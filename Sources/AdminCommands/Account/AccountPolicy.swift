import Administration
import ArgumentParser
import Credentials

struct AccountPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Set what is required of one account. It overrides its domain's policy.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var options: PolicyOptions

    func run() throws {
        let admin = try Session(global).admin
        let account = try admin.account(address)
        let effect = try admin.effect(of: options.change, on: account)
        if options.dryRun { return try PolicyEffectView.show(effect.map { [$0] } ?? [], of: 1, json: options.json) }
        try admin.setPolicy(options.change, options.words, account.name)
        for line in effect.map({ PolicyEffectView($0).lines }) ?? [] {
            Output.error("From now on: " + Printable.text(line))
        }
    }
}
