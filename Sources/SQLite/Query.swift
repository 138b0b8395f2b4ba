import CSQLite
import Synchronization

/// A statement that each connection compiles once. Make each a constant.
package final class Query: Sendable {
    /// The statement's text.
    package let sql: String
    /// Its number in this process, by which connections find the compiled statement.
    fileprivate let number: Int

    private static let count = Atomic(0)

    /// Gives the statement a number, which is never reused.
    package init(_ sql: String) {
        self.sql = sql
        number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
    }
}

/// The compiled statements of a connection, by query.
@safe final class CachedStatements {
    private var handles: [OpaquePointer?] = unsafe []

    subscript(query: Query) -> OpaquePointer? {
        get { unsafe query.number < handles.count ? handles[query.number] : nil }
        set {
            while unsafe handles.count <= query.number { unsafe handles.append(nil) }
            unsafe handles[query.number] = newValue
        }
    }

    func finalize() {
        for index in 0..<(unsafe handles.count) { unsafe _ = sqlite3_finalize(handles[index]) }
        unsafe handles = []
    }
}
