/// Why a page is not what was asked for.
enum PageError: Error {
    /// There is no session, or it has ended.
    case signedOut
    /// The sign-in was denied.
    case denied
    /// posternd refused what was asked; `code` is one of its protocol.
    case refused(code: String, value: String?)
    /// posternd gave no answer, or said that it has none now.
    case unavailable
    /// The form is not one of this page for this session.
    case forbidden
    case notFound
    case tooLarge
    /// The web server in front did not say who asks.
    case noAddress
}
