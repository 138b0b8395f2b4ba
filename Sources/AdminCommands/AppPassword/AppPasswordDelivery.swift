import ArgumentParser
import Authentication
import Bytes
import Credentials
import Glibc

/// The way of a new app password to its owner: shown once, or in a profile.
struct AppPasswordDelivery: ParsableArguments {
    @Option(
        help: "Write it into a new file with this name, as a profile that sets up Apple's Mail, and do not show it.")
    var appleProfile: String?

    enum Result {
        case added(id: String)
        /// Nothing was written.
        case refused(CommandFailure)
    }

    /// The new file for the profile, if one is wanted; before the store is opened.
    func openProfile() throws(CommandFailure) -> NewFile? {
        guard let appleProfile else { return nil }
        return try NewFile(appleProfile, consequence: "no app password was made")
    }

    /// Makes the secret, has it added in one transaction, and hands it over.
    ///
    /// - Parameters:
    ///   - profile: Of `openProfile`.
    ///   - add: Gets what makes an entry for the change record from an action and its detail.
    func deliver(
        _ new: NewAppPassword, isCompact: Bool, _ account: AccountState, _ session: Session, in profile: NewFile?,
        add: (Store, Store.Verifier, (String, String) -> Change) throws(StoreError) -> Result
    ) throws {
        let name = account.name
        let secret = try Self.make(isCompact)
        let verifier = try Self.verifier(of: secret, isCompact, name, session)
        // Written first: an app password that nobody can know is worse than a file too many.
        let result: Result
        do {
            if let profile {
                try AppleProfile(new, name, session.configuration).write(AppPasswordText.display(secret), to: profile)
            }
            result = try session.storing { (store) throws(StoreError) in
                try store.durably { () throws(StoreError) in
                    try add(store, verifier) { session.change(subject: name.text, $0, $1) }
                }
            }
        } catch {
            profile?.discard()
            throw error
        }
        switch result {
        case .added(let id): try show(secret, id, new, name)
        case .refused(let failure):
            profile?.discard()
            throw failure
        }
    }

    private func show(_ secret: borrowing Secret, _ id: String, _ new: NewAppPassword, _ account: AccountName)
        throws(CommandFailure)
    {
        let end = new.expires.map { ", until \($0.iso8601)" } ?? ""
        guard let appleProfile else {
            return try Output.secret(
                AppPasswordText.display(secret),
                "App password \(id) for \(account.text)\(end). It is shown this once; spaces and hyphens do not matter:"
            )
        }
        Output.error(
            "App password \(id) for \(account.text)\(end) is in \(Printable.text(appleProfile)). Whoever has the file has the "
                + "password: bring it to the device by a safe way, and delete it.")
    }

    private static func make(_ isCompact: Bool) throws(CommandFailure) -> Secret {
        do throws(RandomFailure) {
            return isCompact ? try AppPasswordText.makeCompact() : try AppPasswordText.makeGenerated()
        } catch {
            throw CommandFailure(.hash(.noRandom))
        }
    }

    private static func verifier(
        of secret: borrowing Secret, _ isCompact: Bool, _ account: AccountName, _ session: Session
    ) throws(CommandFailure) -> Store.Verifier {
        guard isCompact else { return .mac(session.keys.appPassword.mac(account: account.text, secret: secret)) }
        do throws(HashError) {
            return .compact(
                hash: try SlowHasher(session.configuration).make(secret),
                tag: session.keys.tag(of: secret, account: account))
        } catch {
            throw CommandFailure(.hash(error))
        }
    }
}
