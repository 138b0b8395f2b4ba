/// What is remembered of an imported item, so that the next import sees what changed.
package struct ImportMark: Sendable, Equatable {
    /// The prefix of a domain's items; all other items belong to accounts.
    package static let domainItems = "domain "

    /// The id of the app password that the item became; nil for any other item.
    package let credential: String?
    /// A MAC of the item as the source had it.
    package let digest: [UInt8]
    /// The account's own generation, or the domain's, after the import. Nil for a secret, and in marks of earlier
    /// versions.
    package let generation: Int64?
    /// Whether something was withheld or is pending, so that the next import must compare again.
    package let isIncomplete: Bool

    /// Makes the mark of an item.
    package init(credential: String? = nil, digest: [UInt8], generation: Int64? = nil, isIncomplete: Bool = false) {
        self.credential = credential
        self.digest = digest
        self.generation = generation
        self.isIncomplete = isIncomplete
    }
}
