import Synchronization

/// A statement that each connection compiles once. Make each a constant.
package final class Query: Sendable {
    /// The statement's text. Parameters are `?`, or `?1`, `?2` and so on.
    package let sql: String
    /// Its number in this process, by which connections find the compiled statement.
    package let number: Int

    private static let count = Atomic(0)

    /// Gives the statement a number, which is never reused.
    package init(_ sql: String) {
        self.sql = sql
        number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
    }
}
