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
        try mailbox.expectPath()
    }

    func run() throws {
        let session = try Session(global)
        let name = try Session.name(address, session.configuration)
        guard name.canBeAccount else {
            throw CommandFailure(
                .badInput,
                "\(Printable.text(name.text)) cannot be an account: that is a full address with one @, no \" \\ / : ; [ ], and "
                    + "no '.' at either end of a part or beside another")
        }
        let isThere = try session.storing { (store) throws(StoreError) in try store.account(name) } != nil
        guard !isThere else { throw Self.taken(name) }
        let (password, _) = try MainPassword.read(
            session, name, present: nil, isAlone: try !MainPassword.isUnderSecondFactor(session, name),
            passwordStdin: passwordStdin,
            hashStdin: hashStdin)
        let overrides = mailbox.overrides
        let (added, others) = try session.storing { (store) throws(StoreError) in
            (
                try store.addAccount(
                    name, mainPassword: password, mailbox: overrides,
                    change: session.change(subject: name.text, "account add")),
                try store.owners(ofAlias: SenderAddress(name))
            )
        }
        guard added else { throw Self.taken(name) }
        Output.error("Account \(name.text) added.")
        if !others.isEmpty {
            Output.error("It is an alias of \(others.joined(separator: ", ")), too: both may send as it.")
        }
    }

    private static func taken(_ name: AccountName) -> CommandFailure {
        CommandFailure(
            .negative, "there is an account \(name.text) already, or one whose name is another spelling of it")
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

    /// The new one, and whether it is the same as the present one.
    ///
    /// - Parameter isAlone: Whether it opens something without a second factor or an app password beside it.
    static func read(
        _ session: Session, _ account: AccountName, present: AccountState?, isAlone: Bool, passwordStdin: Bool,
        hashStdin: Bool
    ) throws(CommandFailure) -> (MainPasswordHash, isSame: Bool) {
        if hashStdin {
            let hash = try SecretInput.hash(memoryLimit: session.configuration.hashMemoryLimit)
            return (MainPasswordHash(hash, isMapped: false), hash == present?.mainHash)
        }
        let secret = try SecretInput.newPassword(fromStandardInput: passwordStdin)
        if let refusal = MainPasswordRules.refusal(secret, account: account) {
            throw CommandFailure(.badInput, "this main password is refused: \(refusal)")
        }
        if isAlone, MainPasswordRules.isShortAlone(secret) {
            Output.error(
                "postern: the password is taken, but short: without a second factor it should have "
                    + "\(MainPasswordRules.shortestAlone) characters or more (NIST SP 800-63B-4).")
        }
        let hasher = SlowHasher(session.configuration)
        let isSame = present.map { hasher.isMainPassword(secret, of: $0) } ?? false
        do throws(HashError) { return (try hasher.makeMainPassword(secret), isSame) } catch {
            throw CommandFailure(.hash(error))
        }
    }
}
