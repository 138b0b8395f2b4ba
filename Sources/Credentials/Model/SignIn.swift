/// A granted sign-in: account, credential, service and address. A class, because it is passed on many times.
package final class SignIn: Hashable, Sendable {
    /// The account that signed in.
    package let account: AccountName
    /// The id of an app password, or `Store.mainCredential`.
    package let credential: String
    /// The service that it signed in to.
    package let service: Service
    /// The client's address; nil: unknown.
    package let address: IPAddress?
    /// The account's generation when the sign-in was granted.
    package let generation: Int64
    /// Whether the credential is the app password of a webmail session. These are short-lived, so the history has one
    /// entry for all of them.
    package let isOfSession: Bool

    /// Makes a granted sign-in.
    package init(
        account: AccountName, credential: String, service: Service, address: IPAddress?, generation: Int64,
        isOfSession: Bool = false
    ) {
        self.account = account
        self.credential = credential
        self.service = service
        self.address = address
        self.generation = generation
        self.isOfSession = isOfSession
    }

    /// The credential as it is recorded in the history.
    var recorded: String { isOfSession ? Store.sessionCredential : credential }

    package static func == (left: SignIn, right: SignIn) -> Bool {
        left === right
            || left.account == right.account && left.credential == right.credential && left.service == right.service
                && left.address == right.address && left.generation == right.generation
                && left.isOfSession == right.isOfSession
    }

    /// Account and address suffice: the other fields rarely differ where these are equal.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(account.text)
        hasher.combine(address?.bytes)
    }
}
