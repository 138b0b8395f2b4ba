package import Bytes
package import Credentials

/// An account of another system.
package struct ImportedAccount: ~Copyable {
    /// The name in the source; once the account was found in the store, its stored name.
    package internal(set) var name: AccountName
    /// The hash, with Dovecot's `{SCHEME}` in front or in a form that tells its scheme. Nil if it has no main password.
    package var mainHash: String?
    /// Whether the source refuses its sign-ins.
    package var isDisabled = false
    /// Whether the main password must be changed in the source.
    package var mustChange = false
    /// Its second factor in the source.
    package var secondFactor = SecondFactor.off
    /// The seed of TOTP, or empty.
    package var seed = Secret([])
    /// Where the source stores its mail.
    package var mailbox = MailboxOverrides()
    /// Its own policy.
    package var policy = Policy()
    /// Further addresses that it may send as; nil if the source has no aliases table.
    package var aliases: [SenderAddress]?
    /// Its app passwords in the source.
    package var appPasswords: [ImportedAppPassword] = []
    /// Its last uses in the source.
    package var uses: [ImportedUse] = []
    /// What of it cannot be imported, or not as it is.
    package var notes: [ImportNote] = []

    /// Makes an account that has only a name.
    package init(_ name: AccountName) { self.name = name }
}

/// An app password of another system.
package struct ImportedAppPassword: Sendable {
    /// Its id in the source, which stays the same from one import to the next.
    package let item: String
    /// The name that its owner gave it.
    package var name: String
    /// As the source stores it.
    package var hash: String
    /// The mail services that it may be used for.
    package var scope = Scope.mail
    /// Networks that it may be used from; empty for all.
    package var networks: [CIDR] = []
    /// When it was made; nil if that is not known.
    package var created: Timestamp?
    /// Whether the source refuses it.
    package var isDisabled = false
    /// Whether its secret is the main password, which the source accepts from some networks.
    package var isMainPassword = false

    /// Makes an app password for all mail services, from all networks.
    package init(item: String, name: String, hash: String) {
        self.item = item
        self.name = name
        self.hash = hash
    }
}

/// A sign-in that the source recorded.
package struct ImportedUse: Sendable {
    /// The id of an app password in the source; nil for the main password.
    let item: String?
    let service: Service
    let address: IPAddress
    let at: Timestamp
}

/// What was skipped or changed by an import, and why.
package struct ImportNote: Sendable, Equatable {
    /// The account, or what the source has in its place. Untrusted text: encode it wherever it is printed.
    package let subject: String
    /// The note, without its subject.
    package let text: String
    /// Line in the dump or file, if there is one.
    package let line: Int?
    /// Whether the note is about a change that was withheld because it would loosen protection.
    package let isWithheld: Bool

    /// Makes a note about a row or a line of the source.
    package init(_ subject: String, _ text: String, line: Int? = nil, isWithheld: Bool = false) {
        self.subject = subject
        self.text = text
        self.line = line
        self.isWithheld = isWithheld
    }
}

/// The accounts of another system, for an import.
package protocol ImportSource {
    /// The name of the system, as the command line and the import marks have it.
    static var name: String { get }
    /// Returns how many accounts the source has: `eachAccount` passes at most as many.
    ///
    /// - Throws: `SourceError.scratch` if loaded tables cannot be read.
    func countAccounts() throws(SourceError) -> Int
    /// Calls `body` for each account; `note` receives rows that belong to no account.
    ///
    /// - Throws: The error of `body`, or `SourceError.scratch` if loaded tables cannot be read.
    func eachAccount(_ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void)
        throws(SourceError)
}
