package import SQL

/// One session with a database server that other machines use, too. For one thread at a time. Programs that may ask a
/// server link a module that implements it (`Store.connector`).
package protocol DatabaseServer: AnyObject {
    /// Runs statements without parameters, in one round trip.
    ///
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func execute(_ sql: String) throws(StoreError)

    /// Runs one statement. Its plan is made for its parameters and for the tables as they are now: those of guesses grow
    /// from nothing to a hundred thousand rows within a minute.
    ///
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func run(_ sql: String, _ values: [Value]) throws(StoreError) -> any ServerRows

    /// Runs one statement whose parameters are arrays.
    ///
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func run(_ sql: String, _ columns: [Column]) throws(StoreError) -> any ServerRows

    /// Runs one statement whose parameters are arrays, with a plan that is used for a second: planning takes longer than
    /// the statement.
    ///
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func run(kept query: Query, _ columns: [Column]) throws(StoreError) -> any ServerRows

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    var changes: Int { get }

    /// Why each of the other hosts of the setting was not taken when the session began, by name.
    var otherHosts: [(name: String, reason: String)] { get }

    /// Whether it is reached without a network.
    var isOnThisMachine: Bool { get }

    /// When calls must end; nil: they take their time. After that they throw `StoreError.late`, and may be made again.
    var haste: Deadline? { get set }
}

/// The rows that a server answered. They stand before the first row or on a row. Columns that are NULL read as 0 or empty.
package protocol ServerRows: AnyObject {
    /// Goes to the next row; false if there is none.
    func step() -> Bool
    func isNull(_ column: Int32) -> Bool
    /// A number; a boolean as 1 or 0.
    func integer(_ column: Int32) -> Int64
    func text(_ column: Int32) -> String
    func blob(_ column: Int32) -> [UInt8]
}
