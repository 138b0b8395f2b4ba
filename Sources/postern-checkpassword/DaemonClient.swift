import Authentication
import Bytes
import CPostern
import Credentials
import Glibc
import WireProtocols

/// Asks posternd: one round trip instead of opening the database, and no slow hash in this process.
enum DaemonClient {
    /// Limit in seconds for connecting, for sending and for each read. Dovecot itself gives up after 150.
    private static let patience = 30

    enum Reply {
        case answer(DovecotAuthClient.Answer)
        /// No daemon is listening, and nothing was sent: this process may decide.
        case absent
        /// The daemon may be there, but gave no answer: a decision of this process could count a guess twice.
        case failed(String)
    }

    static func ask(_ path: String, _ attempt: Attempt, remoteAddress: String) -> Reply {
        let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard connection >= 0 else { return .failed(systemMessage(errno)) }
        defer { close(connection) }
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        switch unsafe postern_unix_connect(connection, path) {
        case 0: break
        case ENOENT, ECONNREFUSED: return .absent
        case let code: return .failed(systemMessage(code))
        }
        let request = DovecotAuthClient.request(
            processID: getpid(), userName: attempt.userName, secret: attempt.secret.raw, service: attempt.service,
            remoteAddress: remoteAddress, session: attempt.session)
        let isSent = unsafe request.withBytes { bytes in
            unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }
        guard isSent else { return .failed(systemMessage(errno)) }
        return receive(connection)
    }

    private static func receive(_ connection: Int32) -> Reply {
        var lines = LineBuffer(maxLineLength: DovecotAuth.maxLineLength)
        var answer: DovecotAuthClient.Answer?
        while answer == nil {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = unsafe read(connection, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                return .failed(count == 0 ? "it closed the connection" : systemMessage(errno))
            }
            bytes.removeSubrange(count...)
            let isRegular = lines.receive(&bytes) { line in
                answer = DovecotAuthClient.answer(line)
                return answer == nil
            }
            guard isRegular || answer != nil else { return .failed("its answer is too long") }
        }
        return answer.map(Reply.answer) ?? .failed("it gave no answer")
    }
}
