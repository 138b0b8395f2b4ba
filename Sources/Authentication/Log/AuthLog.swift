import Bytes
import CPostern
package import Credentials
import Glibc

/// The auth log: one line for each attempt, for people and for programs that count guesses, such as fail2ban.
package final class AuthLog: Sendable {
    private let format: Configuration.LogFormat
    /// Writes lines that belong together in one call.
    private let sink: @Sendable (LogLines) -> Void
    /// Returns the beginning of each line in a log file; empty for other targets.
    private let stamp: @Sendable () -> [UInt8]
    /// Closes the file that the sink keeps open.
    private let close: @Sendable () -> Void
    private let opening = Array("auth-worker(\(getpid())): postern(".utf8)

    /// Makes a log that hands lines which belong together to `sink` in one call.
    ///
    /// - Parameters:
    ///   - stamp: Returns the beginning of each line in a log file.
    ///   - close: Closes the file that the sink keeps open.
    package init(
        format: Configuration.LogFormat = .dovecot, sink: @escaping @Sendable (LogLines) -> Void,
        stamp: @escaping @Sendable () -> [UInt8] = { [] }, close: @escaping @Sendable () -> Void = {}
    ) {
        self.format = format
        self.sink = sink
        self.stamp = stamp
        self.close = close
    }

    /// Closes the log file after a rotation; the next line opens the new one.
    package func reopen() { close() }

    /// Makes the log that the configuration names.
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

    /// Writes the line of an attempt.
    package func write(_ outcome: Outcome, attempt: Attempt) {
        var lines = LogLines()
        append(outcome, attempt: attempt, to: &lines)
        write(lines)
    }

    /// Writes the line of a look-up that failed: there is no `Attempt` without a password.
    package func write(
        _ outcome: Outcome, user: [UInt8], address: IPAddress?, session: [UInt8]?, service: String
    ) {
        var lines = LogLines()
        append(outcome, Context(user: user, address: address, session: session, service: service), to: &lines)
        write(lines)
    }

    /// Writes the lines of several attempts in one call, which costs less.
    package func write(_ lines: LogLines) { if !lines.isEmpty { sink(lines) } }

    /// Appends the line of an attempt.
    package func append(_ outcome: Outcome, attempt: Attempt, to lines: inout LogLines) {
        append(outcome, Context(attempt), to: &lines)
    }

    /// Writes a note about an attempt whose wrong secret turned out to be the previous main password.
    ///
    /// - Parameter until: When that password was replaced.
    package func writeFormer(until: Timestamp, attempt: Attempt) {
        var lines = LogLines()
        let event = Event(severity: .information, word: "note", reason: "former-main-password")
        append(event, Context(attempt), to: &lines) { LogMessage.appendFormer(until: until, to: &$0) }
        write(lines)
    }

    /// Whether lines are text, not JSON.
    package var isText: Bool { format == .dovecot }

    /// Returns the part of a grant's line that names the app password, for `appendGrant`.
    package static func text(_ appPassword: AppPassword) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(96)
        LogMessage.append(appPassword, to: &text)
        return text
    }

    /// Sets the beginning of the lines; call before the first `appendGrant`.
    package func begin(_ lines: inout LogLines) {
        lines.begin(with: stamp() + (isText ? opening : []))
    }

    /// Appends the text line of a grant with an app password. Static: a reference count that event loops share costs
    /// more than the line.
    ///
    /// - Parameters:
    ///   - address: In text form; empty: none.
    ///   - session: Empty: none.
    ///   - appPassword: Appends the result of `text`.
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

    private func append(_ outcome: Outcome, _ context: Context, to lines: inout LogLines) {
        append(Event(outcome), context, to: &lines) { LogMessage.append(outcome, service: context.service, to: &$0) }
    }

    /// Who an event is about, and where it came from.
    fileprivate struct Context {
        let user: [UInt8]
        let address: IPAddress?
        let session: [UInt8]?
        let service: String
    }

    fileprivate struct Event {
        let severity: LogLines.Severity
        let word: String
        let reason: String
    }

    private func append(
        _ event: Event, _ context: Context, to lines: inout LogLines, _ message: (inout [UInt8]) -> Void
    ) {
        if lines.isEmpty { begin(&lines) }
        lines.add(event.severity) { line in
            switch format {
            case .dovecot:
                let (address, session) = (Array((context.address?.description ?? "").utf8), context.session ?? [])
                Self.append(user: context.user.span, address: address.span, session: session.span, to: &line)
                message(&line)
            case .json:
                var text: [UInt8] = []
                message(&text)
                let missing = [UInt8(ascii: "-")]
                line +=
                    LogJSON.object([
                        ("severity", event.severity.rawValue), ("outcome", event.word), ("reason", event.reason),
                        ("user", LogText.encode(context.user.isEmpty ? missing : context.user)),
                        ("address", context.address?.description ?? "-"),
                        ("session", LogText.encode(context.session ?? missing)),
                        ("service", LogText.encode(context.service)),
                        ("message", String(decoding: text, as: UTF8.self)),
                    ]).utf8
            }
        }
    }
}

extension AuthLog.Context {
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

/// Writes events as JSON. All values are encoded or printable ASCII, so only quotes and backslashes need escaping.
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
