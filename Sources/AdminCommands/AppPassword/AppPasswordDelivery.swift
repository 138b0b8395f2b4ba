import Administration
import ArgumentParser
import Bytes
import Credentials

/// Shows a new app password once, or writes it into a profile.
struct AppPasswordDelivery: ParsableArguments {
    @Option(
        help: "Do not show it; write a profile that sets up Apple's Mail with it, into a new file of this name.")
    var appleProfile: String?

    /// Adds an app password and shows it, or writes its profile.
    ///
    /// - Parameter prepare: Makes the app password.
    /// - Returns: When the app password that it replaces ends; nil if it replaces none.
    func deliver(
        _ global: GlobalOptions, _ prepare: (Administrator) throws -> PreparedAppPassword
    ) throws -> Timestamp? {
        // Before the store is opened, while the process still has the rights of root.
        let profile = try appleProfile.map { path throws(CommandFailure) in
            try NewFile(path, consequence: "no app password was made")
        }
        do {
            let admin = try Session(global).admin
            let prepared = try prepare(admin)
            // The profile first: a file without an app password does less harm than an app password that nobody knows.
            if let profile {
                let text = try AppleProfile(prepared.account, prepared.new.scope, admin.configuration).file(
                    with: prepared.secret)
                try profile.write(text, consequence: "no app password was made")
            }
            let id = try admin.add(prepared)
            let end = prepared.new.expires.map { ", until \($0.iso8601)" } ?? ""
            let caption = "App password \(id) for \(prepared.account.text)\(end)"
            if let appleProfile {
                Output.error(
                    "\(caption) is in \(Printable.text(appleProfile)). Anybody who has the file has the password: "
                        + "transfer it to the device safely, then delete it.")
            } else {
                try Output.secret(
                    prepared.secret, "\(caption). It is shown only once; spaces and hyphens do not matter:")
            }
            return prepared.oldEnd
        } catch {
            profile?.discard()
            throw error
        }
    }
}
