#if hasFeature(Embedded)
    import CCheckpassword
#else
    import Bytes
    import CPostern
    import WireProtocols
#endif

/// Asks posternd: one round trip instead of opening the database, and no slow hash in this process.
struct DaemonClient: ~Copyable {
    /// Limit in seconds for connecting, for sending and for each read. Dovecot itself gives up after 150.
    private static let patience: Int32 = 30
    /// Bytes of all lines up to the answer. The greeting and the longest answer are far shorter.
    private static let maxReceived = 65_536

    private let connection: Int32

    /// Connects to posternd. Nil if nobody listens, so that nobody else decides either.
    ///
    /// - Throws: `NoAnswer` if posternd may be there, but cannot be reached.
    init?(_ path: String) throws(NoAnswer) {
        connection = unsafe postern_unix_dial(path, Self.patience)
        guard connection < 0 else { return }
        guard postern_nobody_listens(-connection) != 0 else { throw .system(-connection) }
        return nil
    }

    deinit { postern_close(connection) }

    /// Asks one question.
    ///
    /// - Parameter read: Takes a line; nil for one that is not the answer.
    /// - Throws: `NoAnswer`. Whoever decides then could count a guess twice.
    func ask<Answer>(_ question: consuming Secret, _ read: (ArraySlice<UInt8>) -> Answer?) throws(NoAnswer) -> Answer {
        let code = unsafe question.withBytes { unsafe postern_send(connection, $0.baseAddress, $0.count) }
        guard code == 0 else { throw .system(code) }
        var lines = LineBuffer(maxLineLength: DovecotAuth.maxLineLength)
        var answer: Answer?
        var received = 0
        while received < Self.maxReceived {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = unsafe postern_read(connection, &bytes, bytes.count)
            guard count > 0 else { throw count == 0 ? .closed : .system(Int32(-count)) }
            received += count
            bytes.removeSubrange(count...)
            let isRegular = lines.receive(&bytes) { line in
                answer = read(line)
                return answer == nil
            }
            if let answer { return answer }
            guard isRegular else { break }
        }
        throw .tooLong
    }
}
