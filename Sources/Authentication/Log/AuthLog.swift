import CPostern
package import Credentials
import Glibc

/// The auth log: one line an attempt, for people and for those who count guesses.
package struct AuthLog: Sendable {
    package enum Severity: String, Sendable {
        case information = "info"
        /// Somebody should look at it.
        case warning
        case error
    }

    /// Without its end.
    package struct Line: Sendable {
        package let bytes: [UInt8]
        package let severity: Severity

        package var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let format: Configuration.LogFormat
    private let sink: @Sendable ([Line]) -> Void
    /// Closes what the sink keeps open.
    private let close: @Sendable () -> Void
    /// Octets; longer ones take a second piece of memory.
    private static let usualLength = 256
    private let opening = Array("auth-worker(\(getpid())): postern(".utf8)

    /// - Parameter sink: Gets lines that were written at once.
    package init(
        format: Configuration.LogFormat = .dovecot, sink: @escaping @Sendable ([Line]) -> Void,
        close: @escaping @Sendable () -> Void = {}
    ) {
        self.format = format
        self.sink = sink
        self.close = close
    }

    /// The next line opens the log anew: its file was rotated.
    package func reopen() { close() }

    /// As configured.
    package init(_ configuration: Configuration) {
        let format = configuration.logFormat
        switch configuration.logTarget {
        case "syslog":
            let syslog = Syslog(ident: configuration.syslogIdent, facility: configuration.syslogFacility)
            self.init(format: format, sink: syslog.write)
        case "stderr":
            self.init(format: format) { lines in
                for line in lines { _ = writeAll(STDERR_FILENO, line.bytes + [UInt8(ascii: "\n")]) }
            }
        case let path:
            let file = LogFile(path: path, ident: configuration.syslogIdent)
            self.init(format: format, sink: file.write, close: file.close)
        }
    }

    /// One line for one attempt.
    package func write(_ outcome: Outcome, attempt: Attempt) {
        write([line(outcome, attempt: attempt)])
    }

    package func write(
        _ outcome: Outcome, user: [UInt8], address: IPAddress?, session: [UInt8]?, service: String
    ) {
        write([line(outcome, user: user, address: address, session: session, service: service)])
    }

    /// Lines of several attempts at once, which costs less.
    package func write(_ lines: [Line]) { if !lines.isEmpty { sink(lines) } }

    package func line(_ outcome: Outcome, attempt: Attempt) -> Line {
        line(
            outcome, user: attempt.userName, address: attempt.address, session: attempt.session,
            service: attempt.service)
    }

    /// A grant's message, for `line(_:user:address:session:)`; nil where the line has more in it than that.
    package func message(_ grant: Grant) -> [UInt8]? {
        guard format == .dovecot else { return nil }
        var message: [UInt8] = []
        LogMessage.append(grant, to: &message)
        return message
    }

    /// The line of a grant.
    package func line(
        _ message: ArraySlice<UInt8>, user: ArraySlice<UInt8>, address: IPAddress?, session: ArraySlice<UInt8>?
    ) -> Line {
        var bytes = begin(user: user, address: address?.description ?? "-", session: session)
        bytes += message
        return Line(bytes: bytes, severity: .information)
    }

    /// Up to the message.
    private func begin(user: ArraySlice<UInt8>, address: String, session: ArraySlice<UInt8>?) -> [UInt8] {
        let missing = [UInt8(ascii: "-")][...]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.usualLength)
        bytes += opening
        LogText.append(user.isEmpty ? missing : user, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        bytes += address.utf8
        bytes += ",<".utf8
        LogText.append(session ?? missing, to: &bytes)
        bytes += ">): ".utf8
        return bytes
    }

    /// For an attempt whose wrong secret turned out to be the main password before the present one.
    package func writeFormer(until: Timestamp, attempt: Attempt) {
        let place = Place(
            user: attempt.userName, address: attempt.address, session: attempt.session, service: attempt.service)
        write([
            line(place, .information, word: "note", reason: "former-main-password") {
                LogMessage.appendFormer(until: until, to: &$0)
            }
        ])
    }

    private func line(
        _ outcome: Outcome, user: [UInt8], address: IPAddress?, session: [UInt8]?, service: String
    ) -> Line {
        let severity: Severity
        let (word, reason): (String, String)
        switch outcome {
        case .granted: (severity, word, reason) = (.information, "granted", "")
        case .denied(let denial):
            (severity, word, reason) = (denial.isAlarm ? .warning : .information, "denied", denial.reason.rawValue)
        case .unavailable(.throttled): (severity, word, reason) = (.information, "unavailable", "throttled")
        case .unavailable: (severity, word, reason) = (.error, "unavailable", "")
        }
        let place = Place(user: user, address: address, session: session, service: service)
        return line(place, severity, word: word, reason: reason) {
            LogMessage.append(outcome, service: service, to: &$0)
        }
    }

    /// Who it is about, and from where.
    private struct Place {
        let user: [UInt8]
        let address: IPAddress?
        let session: [UInt8]?
        let service: String
    }

    private func line(
        _ place: Place, _ severity: Severity, word: String, reason: String, _ message: (inout [UInt8]) -> Void
    ) -> Line {
        let address = place.address?.description ?? "-"
        var bytes: [UInt8] = []
        switch format {
        case .dovecot:
            bytes = begin(user: place.user[...], address: address, session: place.session.map { $0[...] })
            message(&bytes)
        case .json:
            let missing = [UInt8(ascii: "-")]
            let (user, session) = (place.user.isEmpty ? missing : place.user, place.session ?? missing)
            message(&bytes)
            let object = LogJSON.object([
                ("severity", severity.rawValue), ("outcome", word), ("reason", reason),
                ("user", LogText.encode(user)), ("address", address), ("session", LogText.encode(session)),
                ("service", LogText.encode(place.service)), ("message", String(decoding: bytes, as: UTF8.self)),
            ])
            bytes = Array(object.utf8)
        }
        return Line(bytes: bytes, severity: severity)
    }
}

/// The events as JSON. All values are encoded or printable ASCII by now, so only quotes and backslashes are left.
private enum LogJSON {
    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0.0)\":\"\(escape($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}
