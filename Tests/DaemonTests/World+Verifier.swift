import TestSupport

@testable import Authentication
@testable import Credentials
@testable import Daemon

extension World {
    /// The verifier by which the store finds the app password, read as from a request.
    func verifier(_ secret: String, of name: String = "alice@example.org") throws -> AppPasswordVerifier {
        var reader = PlainReader(authenticator.judge)
        let (name, text) = (Array(name.utf8), Array(secret.utf8))
        guard let verifier = reader.verifier(name.span, text.span) else { throw TestFailure("no app password") }
        return verifier
    }
}
