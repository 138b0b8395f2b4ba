package import Bytes
package import Credentials

/// An account as another system had it.
package struct ImportedAccount: ~Copyable {
    /// The source's; as it is stored, once the account was found.
    package internal(set) var name: AccountName
    /// With Dovecot's `{SCHEME}` in front, or in a form that tells itself. Nil: the source knows no main password.
    package var mainHash: String?
    package var isDisabled = false
    package var mustChange = false
    package var secondFactor = SecondFactor.off
    /// Of TOTP; else empty.
    package var seed = Secret([])
    package var mailbox = MailboxOverrides()
    /// What its own policy says.
    package var policy = Policy()
    /// Further addresses that it may send as; nil: the source does not say.
    package var aliases: [SenderAddress]?
    package var appPasswords: [ImportedAppPassword] = []
    package var uses: [ImportedUse] = []
    /// What of it Postern has no place for.
    package var notes: [ImportNote] = []

    package init(_ name: AccountName) { self.name = name }
}

/// An app password as another system had it.
package struct ImportedAppPassword: Sendable {
    /// What the source knows it by; it stays the same from one import to the next.
    package let item: String
    package var name: String
    package var hash: String
    package var scope = Scope.mail
    package var networks: [CIDR] = []
    package var created: Timestamp?
    package var isDisabled = false
    /// Its secret is the main password, for where the source let that go on.
    package var isMainPassword = false

    package init(item: String, name: String, hash: String) {
        self.item = item
        self.name = name
        self.hash = hash
    }
}

/// A sign-in of which the source has a record.
package struct ImportedUse: Sendable {
    /// The item of an app password; nil for the main password.
    let item: String?
    let service: Service
    let address: IPAddress
    let at: Timestamp
}

/// What was not imported, or not as it was, and why.
package struct ImportNote: Sendable, Equatable {
    /// The account, or what the source has in its place. Somebody else's text: encode it wherever it is printed.
    package let subject: String
    package let text: String
    /// Of the dump or file, if there is one.
    package let line: Int?
    /// Whether something would have become looser and stays as it is in Postern.
    package let isWithheld: Bool

    package init(_ subject: String, _ text: String, line: Int? = nil, isWithheld: Bool = false) {
        self.subject = subject
        self.text = text
        self.line = line
        self.isWithheld = isWithheld
    }
}

/// Where the accounts of an import come from, one at a time, by name.
package protocol ImportSource {
    /// What the imports of this source are known by.
    static var name: String { get }
    /// How many accounts `eachAccount` will go through, at most.
    func countAccounts() throws(SourceError) -> Int
    /// What is no account, or belongs to none.
    func eachAccount(_ body: (consuming ImportedAccount) throws(SourceError) -> Void, note: (ImportNote) -> Void)
        throws(SourceError)
}
