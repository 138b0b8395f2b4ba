import ArgumentParser
import Authentication
import Credentials

struct AccountAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add an account.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The full address that signs in.") var address: String
    @Flag(help: "Read the main password from standard input.") var passwordStdin = false
    @Flag(help: "Read a stored hash of the main password from standard input.") var hashStdin = false
    @OptionGroup var mailbox: MailboxOptions

    func validate() throws {
        if passwordStdin && hashStdin { throw ValidationError("--password-stdin and --hash-stdin exclude each other.") }
    }

    func run() throws {
        let session = try Session(global)
        let name = try Session.name(address, session.configuration)
        guard name.canBeAccount else {
            throw CommandFailure(
                .badInput,
                "\(name.text) cannot be an account: a full address, no part of which begins with '.' or has '/'")
        }
        let isThere = try session.storing { (store) throws(StoreError) in try store.account(name) } != nil
        guard !isThere else { throw Self.taken(name) }
        let hash = try MainPassword.hash(
            session, name, isAlone: try !MainPassword.isUnderSecondFactor(session, name), passwordStdin: passwordStdin,
            hashStdin: hashStdin)
        let added = try session.storing { (store) throws(StoreError) in
            try store.addAccount(
                name, mainHash: hash, mailbox: mailbox.overrides,
                change: session.change(subject: name.text, "account add"))
        }
        guard added else { throw Self.taken(name) }
        Output.error("Account \(name.text) added.")
    }

    private static func taken(_ name: AccountName) -> CommandFailure {
        CommandFailure(.negative, "\(name.text) is there already, as an account or an alias")
    }
}

/// How a command gets the stored form of a main password.
enum MainPassword {
    /// Whether policy wants a second factor beside it.
    static func isUnderSecondFactor(_ session: Session, _ account: AccountName) throws(CommandFailure) -> Bool {
        try session.storing { (store) throws(StoreError) in
            try store.policyInForce(account: account).secondFactorRequired ?? false
        }
    }

    /// - Parameter isAlone: Whether it opens something without a second factor or an app password beside it.
    static func hash(
        _ session: Session, _ account: AccountName, isAlone: Bool, passwordStdin: Bool, hashStdin: Bool
    ) throws(CommandFailure) -> String {
        if hashStdin { return try SecretInput.hash(memoryLimit: session.configuration.hashMemoryLimit) }
        let secret = try SecretInput.newPassword(fromStandardInput: passwordStdin)
        if let refusal = MainPasswordRules.refusal(secret, account: account) {
            throw CommandFailure(.badInput, "this main password is refused: \(refusal)")
        }
        if isAlone, MainPasswordRules.isShortAlone(secret) {
            Output.error(
                "postern: the password is taken, but short: without a second factor it should have "
                    + "\(MainPasswordRules.shortestAlone) characters or more (NIST SP 800-63B-4).")
        }
        do throws(HashError) { return try SlowHasher(session.configuration).make(secret) } catch {
            throw CommandFailure(.hash(error))
        }
    }
}

/// Where the account's mail lies, if not where the configuration says.
struct MailboxOptions: ParsableArguments {
    @Option(help: "User that owns the mail, by name or number, instead of mail_uid.") var uid: String?
    @Option(help: "Group that owns the mail, by name or number, instead of mail_gid.") var gid: String?
    @Option(help: "Home of the mail, an absolute path, instead of mail_home.") var home: String?

    var overrides: MailboxOverrides { MailboxOverrides(uid: uid, gid: gid, home: home) }

    func validate() throws {
        for word in [uid, gid] {
            if let word, word.isEmpty || !word.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
                throw ValidationError("\(Printable.text(word)) is not a user or a group.")
            }
        }
        if let home, !home.hasPrefix("/") || home.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            throw ValidationError("\(Printable.text(home)) is not an absolute path.")
        }
    }
}
