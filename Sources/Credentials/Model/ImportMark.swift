/// What is remembered of an import.
package struct ImportMark: Sendable, Equatable {
    /// What the items of a domain begin with; all others are an account's.
    package static let domainItems = "domain "

    /// Id of the app password that it became; nil for anything else.
    package let credential: String?
    /// MAC of what the source said.
    package let digest: [UInt8]
    /// The account's own, or the domain's, after the import. Nil for a secret, and in marks of earlier versions.
    package let generation: Int64?
    /// Something was withheld, or waits: the next import compares again.
    package let isIncomplete: Bool

    package init(credential: String? = nil, digest: [UInt8], generation: Int64? = nil, isIncomplete: Bool = false) {
        self.credential = credential
        self.digest = digest
        self.generation = generation
        self.isIncomplete = isIncomplete
    }
}
