import Administration
import ArgumentParser
import Authentication
import Credentials

/// Says what a sign-in would get, and why, in words that an operator can act on.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what a sign-in would get, and why.",
        discussion: """
            Changes and counts nothing, and writes no log line. The password is asked for, or read from standard input.
            If only the credential is known, as from an old log, give --with instead.
            Exit status: 0 granted, 1 denied, 75 no answer.
            """)

    private struct View: Encodable {
        let outcome: String
        let reason: String?
        let explanation: String
    }

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The user name, as a mail program would send it.") var address: String
    @Option(help: "The service, by Dovecot's or Postfix's name.") var service: String
    @Option(name: .customLong("from"), help: "The client's address.") var source: IPAddress
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @Option(help: "Instead of a password: 'main' or the id of an app password, as if its secret was given.")
    var with: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if passwordStdin && with != nil {
            throw ValidationError("--password-stdin and --with cannot be given together.")
        }
    }

    func run() throws {
        try show(with.map { try self.outcome(with: $0) } ?? self.outcomeOfPassword())
    }

    private func outcome(with credential: String) throws -> Outcome {
        let session = try Session(global)
        let account = try session.admin.account(address)
        func outcome(_ credential: Grant.Credential) -> Outcome {
            Rule.outcome(with: credential, account: account, service: service, address: source, now: .now())
        }
        if credential == Store.mainCredential {
            guard let hash = account.mainHash else {
                throw CommandFailure(.negative, "\(account.name.text) has no main password in Postern")
            }
            do throws(HashError) {
                _ = try PasswordHash(stored: hash, memoryLimit: UInt32(session.configuration.hashMemoryLimit))
            } catch {
                return .unavailable(.hash(error))
            }
            return outcome(.mainPassword)
        }
        let found = try session.admin.storing { (store) throws(StoreError) in
            try store.appPassword(id: credential, account: account.name)
        }
        guard let found else {
            throw CommandFailure(.negative, "\(account.name.text) has no app password \(Printable.text(credential))")
        }
        return outcome(.appPassword(found))
    }

    private func outcomeOfPassword() throws -> Outcome {
        let configuration = try Session.configuration(global)
        let secret = passwordStdin ? try SecretInput.standardInput() : try SecretInput.prompt("Password")
        let attempt = Attempt(userName: Array(address.utf8), secret: secret, service: service, address: source)
        let keys: Keys
        do throws(KeyFileError) { keys = try KeyFile.load(path: configuration.keyFile) } catch {
            return .unavailable(.keyFile(error))
        }
        do throws(StoreError) {
            try Privileges.drop(toOpen: configuration.store.name)
            let store = try Store(configuration.store, keys: keys)
            let log = AuthLog { _ in }
            return Authenticator(store: store, keys: store.keys, configuration: configuration, log: log).preview(
                attempt)
        } catch {
            return .unavailable(.store(error))
        }
    }

    private func show(_ outcome: Outcome) throws {
        let (view, code) = view(of: outcome)
        if json { try Output.json(view) } else { Output.line("\(view.outcome): \(view.explanation)") }
        if let code { throw CommandFailure(code, "") }
    }

    private func view(of outcome: Outcome) -> (View, CommandFailure.Code?) {
        let explanation = Explanation.sentence(outcome, service: service, address: source)
        switch outcome {
        case .granted: return (View(outcome: "granted", reason: nil, explanation: explanation), nil)
        case .denied(let denial):
            return (View(outcome: "denied", reason: denial.reason.rawValue, explanation: explanation), .negative)
        case .unavailable(let failure):
            return (
                View(outcome: "unavailable", reason: nil, explanation: explanation), CommandFailure(failure).exitCode
            )
        }
    }
}
