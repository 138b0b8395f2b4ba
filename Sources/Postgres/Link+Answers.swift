import Credentials
import Glibc

extension Link {
    /// Waits for the answers to what was sent.
    ///
    /// - Parameters:
    ///   - deadline: After it the link cannot be used any more.
    ///   - haste: After it the same call can be made again.
    /// - Returns: The last answer.
    /// - Throws: `StoreError`, which is the server's, `unreachable` or `late`.
    func answers(by deadline: Deadline, haste: Deadline? = nil) throws(StoreError) -> PostgresRows {
        func wait(_ events: Int32) throws(StoreError) {
            guard (haste ?? deadline).wait(socket, events) else {
                throw haste == nil ? .unreachable(message: "no answer in time") : .late
            }
            guard read() else { throw .unreachable(message: message) }
        }
        while true {
            guard let isFlushed = flush() else { throw .unreachable(message: message) }
            if isFlushed { break }
            try wait(POLLIN | POLLOUT)
        }
        var last: PostgresRows?
        var error: StoreError?
        while true {
            while isBusy { try wait(POLLIN) }
            guard let answer = next() else { break }
            last = answer
            if !answer.isSuccess { error = error ?? Failure.error(answer) }
        }
        if let error { throw error }
        guard let last else { throw .unreachable(message: "no answer") }
        return last
    }

    /// The timeline that the server writes: it rises each time a standby takes over.
    ///
    /// - Throws: `StoreError` when the server does not say, such as a standby.
    func timeline(by deadline: Deadline) throws(StoreError) -> String {
        guard send("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)") else {
            throw .unreachable(message: message)
        }
        let rows = try answers(by: deadline)
        guard rows.step() else { throw .unreachable(message: "no answer") }
        return rows.text(0)
    }
}
