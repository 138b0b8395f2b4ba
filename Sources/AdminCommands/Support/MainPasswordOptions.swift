import Administration
import ArgumentParser
import Credentials

/// How a command reads a main password.
struct MainPasswordOptions: ParsableArguments {
    @Flag(help: "Read the main password from standard input.") var passwordStdin = false
    @Flag(help: "Read a stored hash of the main password from standard input.") var hashStdin = false

    var isGiven: Bool { passwordStdin || hashStdin }

    func validate() throws {
        if passwordStdin && hashStdin {
            throw ValidationError("--password-stdin and --hash-stdin cannot be given together.")
        }
    }

    /// Reads or asks for a main password and checks it. A short one is accepted, with advice on standard error.
    ///
    /// - Parameter present: The account, if it exists.
    func read(
        _ admin: Administrator, _ name: AccountName, present: AccountState?
    ) throws -> Administrator.NewMainPassword {
        if hashStdin { return try admin.mainPassword(storedHash: SecretInput.text(), present: present) }
        let secret = try SecretInput.newPassword(fromStandardInput: passwordStdin)
        let new = try admin.mainPassword(secret, name, present: present)
        if new.isShort {
            Output.error(
                "postern: the password is accepted, but it is short: without a second factor it should have "
                    + "\(MainPasswordRules.minCharactersAlone) characters or more (NIST SP 800-63B-4).")
        }
        return new
    }
}
