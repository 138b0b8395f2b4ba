import CSQLite
import Synchronization

/// A statement that each connection compiles once: one constant for each.
package final class Query: Sendable {
    package let sql: String
    /// Its place among those of this process.
    fileprivate let number: Int

    private static let count = Atomic(0)

    package init(_ sql: String) {
        self.sql = sql
        number = Self.count.wrappingAdd(1, ordering: .relaxed).oldValue
    }
}

/// The compiled statements of a connection, by the query they come from.
@safe final class KeptStatements {
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
