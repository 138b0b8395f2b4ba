import Credentials

/// What a source makes of an account, before anything is written.
struct ImportProposal {
    var record: StoreRecord.Account
    var isNewMainPassword = false
    /// What the import remembers of its app passwords and of its main password, by item.
    var marks: [String: ImportMark] = [:]
    /// Items of new app passwords whose secret is the main password.
    var mainPasswordItems: [String] = []
    /// What could not be imported, or not as it was.
    var notes: [String] = []
    /// Something waits for room, or for a hash that can be verified: compare again at the next import.
    var isIncomplete = false

    init(_ record: StoreRecord.Account) { self.record = record }
}

/// An account of a source, to be compared with Postern's.
struct ImportArrival {
    let name: AccountName
    /// Of the whole record.
    let digest: [UInt8]
    /// Of the file, if there is one.
    var line: Int?
}
