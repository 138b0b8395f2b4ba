import ArgumentParser
import Authentication
import Credentials

struct AccountPassword: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "password", abstract: "Set the main password.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @Flag(help: "Read a stored hash of it from standard input.") var hashStdin = false
    @Flag(help: "Set none: forget the one before it, by which a device that still uses it is recognised.")
    var forgetFormer = false

    func validate() throws {
        if forgetFormer && (passwordStdin || hashStdin) {
            throw ValidationError("--forget-former sets no password.")
        }
    }

    func run() throws {
        let session = try Session(global)
        let account = try session.account(address)
        let name = account.name
        if forgetFormer {
            try session.change(name, "account password", "former one forgotten") {
                (store, change) throws(StoreError) in try store.forgetFormer(account: name, change: change)
            }
            return Output.error("The main password before the present one of \(name.text) is forgotten.")
        }
        let (password, isSame) = try MainPassword.read(
            session, name, present: account, isAlone: account.secondFactor == .off && !account.secondFactorRequired,
            passwordStdin: passwordStdin, hashStdin: hashStdin)
        try session.change(name, "account password") { (store, change) throws(StoreError) in
            try store.setMainPassword(
                password,
                former: session.configuration.formerPasswordKept == 0 ? .none : isSame ? .asBefore : .replaced,
                account: name, change: change)
        }
        Output.error("Main password of \(name.text) set.")
    }
}

struct AccountMustChange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "must-change",
        abstract: "Let the main password open nothing but the web until it is changed.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Flag(help: "Take it back.") var off = false

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account must-change", off ? "off" : "on") { (store, change) throws(StoreError) in
            try store.setMustChange(!off, account: name, change: change)
        }
    }
}

struct AccountDisable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse every sign-in of an account. Mail is still delivered.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @Option(help: "Until this date or for this time (2027-01-31, 14d).") var until: Moment?

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        let end = try until?.end(from: .now())
        let detail = end.map { "until \($0.iso8601)" } ?? ""
        try session.change(name, "account disable", detail) { (store, change) throws(StoreError) in
            try store.disable(name, until: end, change: change)
        }
    }
}

struct AccountEnable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled account sign in again.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account enable") { (store, change) throws(StoreError) in
            try store.enable(name, change: change)
        }
    }
}

struct AccountRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an account with its app passwords and aliases. Mail is not touched.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account remove") { (store, change) throws(StoreError) in
            try store.removeAccount(name, change: change)
        }
    }
}

struct AccountMailbox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Say where an account's mail lies. What is left out goes back to its domain, then the configuration.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The account.") var address: String
    @OptionGroup var mailbox: MailboxOptions
    @OptionGroup var reset: ResetOption

    func validate() throws {
        try reset.expect(mailbox)
        try mailbox.expectPath()
    }

    func run() throws {
        let session = try Session(global)
        let name = try session.account(address).name
        try session.change(name, "account mailbox", mailbox.detail) { (store, change) throws(StoreError) in
            try store.setMailbox(mailbox.overrides, account: name, change: change)
        }
    }
}
