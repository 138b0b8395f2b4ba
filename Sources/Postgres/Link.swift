import CPostgres
import Glibc

/// A connection of libpq, whose calls do not wait.
@safe final class Link {
    private let handle: OpaquePointer
    /// What `advance` waits for.
    private(set) var progress = Progress.writing

    enum Progress { case reading, writing, done, failed }

    /// Begins to connect; nil if there is no memory.
    init?(_ settings: [(keyword: String, value: String)]) {
        // libpq ends each list at a null pointer.
        var keywords = unsafe settings.map { unsafe strdup($0.keyword) }
        var values = unsafe settings.map { unsafe strdup($0.value) }
        defer { unsafe (keywords + values).forEach { unsafe free($0) } }
        unsafe keywords.append(nil)
        unsafe values.append(nil)
        let started = unsafe PQconnectStartParams(
            keywords.map { unsafe UnsafePointer($0) }, values.map { unsafe UnsafePointer($0) }, 0)
        guard let handle = unsafe started else { return nil }
        unsafe self.handle = handle
        if isBroken { progress = .failed }
        unsafe PQsetNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(handle) }

    var socket: Int32 { unsafe PQsocket(handle) }

    var isBroken: Bool { unsafe PQstatus(handle) == CONNECTION_BAD }

    /// Whether a Unix socket leads to the server.
    var isLocal: Bool {
        guard let host = unsafe PQhost(handle) else { return false }
        return unsafe host.pointee == CChar(UInt8(ascii: "/"))
    }

    /// What went wrong last, in one line.
    var message: String { oneLine(unsafe String(cString: PQerrorMessage(handle))) }

    /// Goes on connecting, once the socket is ready.
    func advance() {
        switch unsafe PQconnectPoll(handle) {
        case PGRES_POLLING_OK: progress = unsafe PQsetnonblocking(handle, 1) == 0 ? .done : .failed
        case PGRES_POLLING_READING: progress = .reading
        case PGRES_POLLING_WRITING: progress = .writing
        default: progress = .failed
        }
    }

    /// What the server said at the start of the session; empty: nothing.
    func said(_ name: String) -> String {
        guard let text = unsafe PQparameterStatus(handle, name) else { return "" }
        return unsafe String(cString: text)
    }

    /// Sends statements without parameters. False on failure, as with the others.
    func send(_ sql: String) -> Bool { unsafe PQsendQuery(handle, sql) == 1 }

    func run(prepared name: String, _ parameters: Parameters) -> Bool {
        unsafe parameters.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
        } == 1
    }

    func run(_ sql: String, _ parameters: Parameters) -> Bool {
        unsafe parameters.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryParams(handle, sql, count, parameters.types, values, lengths, formats, 1)
        } == 1
    }

    /// Sends what is left; true when nothing is, nil on failure.
    func flush() -> Bool? {
        switch unsafe PQflush(handle) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    /// Reads what has come; false on failure.
    func read() -> Bool { unsafe PQconsumeInput(handle) == 1 }

    /// Whether `next` would wait.
    var isBusy: Bool { unsafe PQisBusy(handle) == 1 }

    /// The next result; nil when all were taken.
    func next() -> PostgresRows? {
        guard let result = unsafe PQgetResult(handle) else { return nil }
        return unsafe PostgresRows(result)
    }
}

func oneLine(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: "; ") }
