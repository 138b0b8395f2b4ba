import CSQLite
import SQL

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
