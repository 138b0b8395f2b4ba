import ArgumentParser
import Credentials

struct SecondFactorRecoveryCodes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery-codes", abstract: "Make ten new recovery codes. The old ones end.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        guard account.secondFactor == .totp else {
            throw CommandFailure(.negative, "\(account.name.text) has no second factor that is managed here")
        }
        let codes = try RecoveryCodes(account.name, session.keys)
        try session.change(account.name, "second-factor recovery-codes") { (store, change) throws(StoreError) in
            try store.replaceRecoveryCodes(codes.macs, account: account.name, change: change)
        }
        try codes.show(account.name)
    }
}

struct SecondFactorRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Switch the second factor off. Seed and recovery codes go.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let detail = try session.storing { (store) throws(StoreError) in
            try store.secondFactorDetail(account: account.name)
        }
        guard account.secondFactor == .totp || account.secondFactor == .off && detail.pendingSince != nil else {
            throw CommandFailure(.negative, "\(account.name.text) has no second factor that is managed here")
        }
        try session.change(account.name, "second-factor remove") { (store, change) throws(StoreError) in
            try store.removeSecondFactor(account: account.name, change: change)
        }
        Output.error("The second factor of \(account.name.text) is off.")
    }
}

struct SecondFactorExternal: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "external",
        abstract: "Note that a second factor is managed elsewhere, and on or off.",
        discussion: "While it is on, mail programs need an app password: the main password is refused.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "on or off.") var state: Switch
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        guard account.secondFactor != .totp else {
            throw CommandFailure(.negative, "\(account.name.text) has a second factor that is managed here")
        }
        let stops = try StoppedPrograms(session, account, account.with(state == .on ? .external : .off))
        try session.change(account.name, "second-factor external", state.rawValue) {
            (store, change) throws(StoreError) in
            try store.setExternalSecondFactor(state == .on, account: account.name, change: change)
        }
        stops.show(account.name)
    }
}
