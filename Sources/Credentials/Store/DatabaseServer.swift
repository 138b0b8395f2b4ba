package import SQL

/// One session with a database server that other machines use, too. For one thread at a time. Programs that may ask a
/// server link a module that implements it (`Store.connector`).
package protocol DatabaseServer: AnyObject {
    /// Runs statements without parameters, in one round trip.
    ///
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func execute(_ sql: String) throws(StoreError)

    /// Runs one statement.
    ///
    /// - Parameter number: The number of a statement that the session keeps prepared; nil: it is not kept.
    /// - Throws: `StoreError` when the server cannot be asked or refuses.
    func run(_ sql: String, number: Int?, _ values: [Value]) throws(StoreError) -> any ServerRows

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    var changes: Int { get }
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
