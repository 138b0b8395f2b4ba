import Bytes
import CPostern
package import Credentials
import Glibc

/// The auth log: one line an attempt, for people and for those who count guesses.
package final class AuthLog: Sendable {
    package enum Severity: String, Sendable {
        case information = "info"
        /// Somebody should look at it.
        case warning
        case error
    }

    private let format: Configuration.LogFormat
    /// Where lines go to, all of one moment at once.
    private let sink: @Sendable (LogLines) -> Void
    /// What stands before each line there.
    private let stamp: @Sendable () -> [UInt8]
    /// Closes what the sink keeps open.
    private let close: @Sendable () -> Void
    private let opening = Array("auth-worker(\(getpid())): postern(".utf8)

    package init(
        format: Configuration.LogFormat = .dovecot, sink: @escaping @Sendable (LogLines) -> Void,
        stamp: @escaping @Sendable () -> [UInt8] = { [] }, close: @escaping @Sendable () -> Void = {}
    ) {
        self.format = format
        self.sink = sink
        self.stamp = stamp
        self.close = close
    }

    /// The next line opens the log anew: its file was rotated.
    package func reopen() { close() }

    /// As configured.
    package convenience init(_ configuration: Configuration) {
        let format = configuration.logFormat
        switch configuration.logTarget {
        case "syslog":
            let syslog = Syslog(ident: configuration.syslogIdent, facility: configuration.syslogFacility)
            self.init(format: format, sink: syslog.write)
        case "stderr":
            self.init(format: format, sink: { _ = writeAll(STDERR_FILENO, $0.bytes) })
        case let path:
            let file = LogFile(path: path, ident: configuration.syslogIdent)
            self.init(format: format, sink: file.write, stamp: file.stamp, close: file.close)
        }
    }

    /// One line for one attempt.
    package func write(_ outcome: Outcome, attempt: Attempt) {
        var lines = LogLines()
        append(outcome, attempt: attempt, to: &lines)
        write(lines)
    }

    package func write(
        _ outcome: Outcome, user: [UInt8], address: IPAddress?, session: [UInt8]?, service: String
    ) {
        var lines = LogLines()
        append(outcome, Place(user: user, address: address, session: session, service: service), to: &lines)
        write(lines)
    }

    /// Lines of several attempts at once, which costs less.
    package func write(_ lines: LogLines) { if !lines.isEmpty { sink(lines) } }

    package func append(_ outcome: Outcome, attempt: Attempt, to lines: inout LogLines) {
        append(outcome, Place(attempt), to: &lines)
    }

    /// For an attempt whose wrong secret turned out to be the main password before the present one.
    package func writeFormer(until: Timestamp, attempt: Attempt) {
        var lines = LogLines()
        let event = Event(severity: .information, word: "note", reason: "former-main-password")
        append(event, Place(attempt), to: &lines) { LogMessage.appendFormer(until: until, to: &$0) }
        write(lines)
    }

    /// Whether lines are text, and not JSON.
    package var isText: Bool { format == .dovecot }

    /// What a grant's line says of the app password, to be given to `appendGrant`.
    package static func text(_ appPassword: AppPassword) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(96)
        LogMessage.append(appPassword, to: &text)
        return text
    }

    /// Before the first line.
    package func begin(_ lines: inout LogLines) {
        lines.begin(with: stamp() + (isText ? opening : []))
    }

    /// A line of text for a grant with an app password. Static: a reference count that event loops share costs more than the line.
    ///
    /// - Parameters:
    ///   - address: As it is printed; empty: none.
    ///   - session: Empty: none.
    ///   - appPassword: Appends what `text` gave.
    package static func appendGrant(
        user: Span<UInt8>, address: Span<UInt8>, session: Span<UInt8>, to lines: inout LogLines,
        appPassword: (inout [UInt8]) -> Void
    ) {
        lines.add(.information) { line in
            append(user: user, address: address, session: session, to: &line)
            LogMessage.appendGrant(to: &line, appPassword: appPassword)
        }
    }

    private static func append(
        user: Span<UInt8>, address: Span<UInt8>, session: Span<UInt8>, to line: inout [UInt8]
    ) {
        user.isEmpty ? line.append(UInt8(ascii: "-")) : LogText.append(user, to: &line)
        line.append(UInt8(ascii: ","))
        address.isEmpty ? line.append(UInt8(ascii: "-")) : line.append(address)
        line += ",<".utf8
        session.isEmpty ? line.append(UInt8(ascii: "-")) : LogText.append(session, to: &line)
        line += ">): ".utf8
    }

    private func append(_ outcome: Outcome, _ place: Place, to lines: inout LogLines) {
        append(Event(outcome), place, to: &lines) { LogMessage.append(outcome, service: place.service, to: &$0) }
    }

    /// Who it is about, and from where.
    fileprivate struct Place {
        let user: [UInt8]
        let address: IPAddress?
        let session: [UInt8]?
        let service: String
    }

    fileprivate struct Event {
        let severity: Severity
        let word: String
        let reason: String
    }

    private func append(
        _ event: Event, _ place: Place, to lines: inout LogLines, _ message: (inout [UInt8]) -> Void
    ) {
        if lines.isEmpty { begin(&lines) }
        lines.add(event.severity) { line in
            switch format {
            case .dovecot:
                let (address, session) = (Array((place.address?.description ?? "").utf8), place.session ?? [])
                Self.append(user: place.user.span, address: address.span, session: session.span, to: &line)
                message(&line)
            case .json:
                var text: [UInt8] = []
                message(&text)
                let missing = [UInt8(ascii: "-")]
                line +=
                    LogJSON.object([
                        ("severity", event.severity.rawValue), ("outcome", event.word), ("reason", event.reason),
                        ("user", LogText.encode(place.user.isEmpty ? missing : place.user)),
                        ("address", place.address?.description ?? "-"),
                        ("session", LogText.encode(place.session ?? missing)),
                        ("service", LogText.encode(place.service)),
                        ("message", String(decoding: text, as: UTF8.self)),
                    ]).utf8
            }
        }
    }
}

extension AuthLog.Place {
    fileprivate init(_ attempt: Attempt) {
        self.init(
            user: attempt.userName, address: attempt.address, session: attempt.session, service: attempt.service)
    }
}

extension AuthLog.Event {
    fileprivate init(_ outcome: Outcome) {
        switch outcome {
        case .granted: self.init(severity: .information, word: "granted", reason: "")
        case .denied(let denial):
            self.init(
                severity: denial.isAlarm ? .warning : .information, word: "denied", reason: denial.reason.rawValue)
        case .unavailable(.throttled): self.init(severity: .information, word: "unavailable", reason: "throttled")
        case .unavailable: self.init(severity: .error, word: "unavailable", reason: "")
        }
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
