import ArgumentParser
import Credentials

/// The scheme of passwords that are stored without one.
struct SchemeOption: ParsableArguments {
    @Option(
        help: """
            Dovecot's name of the scheme of passwords without one (PLAIN, MD5-CRYPT, …). If it is not given, they can be
            verified only if their form tells the scheme.
            """)
    var defaultScheme: String?

    func validate() throws {
        guard let defaultScheme, PasswordHash.scheme(of: "{\(defaultScheme)}") == "unknown" else { return }
        throw ValidationError(
            "--default-scheme \(defaultScheme) is not a scheme of Dovecot (CRYPT, PLAIN, PLAIN-MD5, MD5-CRYPT, "
                + "SHA512-CRYPT, …).")
    }
}
