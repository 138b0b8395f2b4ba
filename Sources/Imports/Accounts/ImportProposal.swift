import Credentials

/// What an import would make of an account, before anything is written.
struct ImportProposal {
    static let mainPasswordItem = "main-password"

    var record: StoreRecord.Account
    var isNewMainPassword = false
    /// The marks of its main password and of its app passwords, by item.
    var marks: [String: ImportMark] = [:]
    /// Items of new app passwords whose secret is the main password.
    var mainPasswordItems: [String] = []
    /// What was skipped or changed.
    var notes: [String] = []
    /// Whether something was not imported for lack of room or of a verifiable hash: the next import compares again.
    var isIncomplete = false

    init(_ record: StoreRecord.Account) { self.record = record }

    /// Leaves the main password as it is, with the marks of the previous import.
    mutating func keepMainPassword(_ previous: [String: ImportMark]) {
        isNewMainPassword = false
        marks[Self.mainPasswordItem] = previous[Self.mainPasswordItem]
        marks.merge(previous) { new, _ in new }
    }
}

/// What identifies an account of a source and tells whether it changed.
struct SourceAccount {
    let name: AccountName
    /// The digest of the whole record.
    let digest: [UInt8]
    /// Line in the file, if there is one.
    var line: Int?
}
