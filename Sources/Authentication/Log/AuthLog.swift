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
        package let text: String
        package let severity: Severity
    }

    private let format: Configuration.LogFormat
    private let sink: @Sendable ([Line]) -> Void
    /// Closes what the sink keeps open.
    private let close: @Sendable () -> Void
    private let processID = getpid()

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
                for line in lines { _ = writeAll(STDERR_FILENO, (line.text + "\n")) }
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

    private func line(
        _ outcome: Outcome, user: [UInt8], address: IPAddress?, session: [UInt8]?, service: String
    ) -> Line {
        let severity: Severity =
            switch outcome {
            case .granted, .unavailable(.throttled): .information
            case .denied(let denial): denial.isAlarm ? .warning : .information
            case .unavailable: .error
            }
        let user = user.isEmpty ? "-" : LogText.encode(user)
        let address = address?.description ?? "-"
        let session = session.map { LogText.encode($0) } ?? "-"
        let message = LogMessage.text(outcome, service: service)
        switch format {
        case .dovecot:
            return Line(
                text: "auth-worker(\(processID)): postern(\(user),\(address),<\(session)>): \(message)",
                severity: severity)
        case .json:
            return Line(
                text: LogJSON.object(
                    outcome, severity, user: user, address: address, session: session,
                    service: LogText.encode(service), message: message), severity: severity)
        }
    }
}

/// The events as JSON. All values are encoded or printable ASCII by now, so only quotes and backslashes are left.
private enum LogJSON {
    static func object(
        _ outcome: Outcome, _ severity: AuthLog.Severity, user: String, address: String, session: String,
        service: String, message: String
    ) -> String {
        let (word, reason) =
            switch outcome {
            case .granted: ("granted", "")
            case .denied(let denial): ("denied", denial.reason.rawValue)
            case .unavailable(.throttled): ("unavailable", "throttled")
            case .unavailable: ("unavailable", "")
            }
        let members = [
            ("severity", severity.rawValue), ("outcome", word), ("reason", reason), ("user", user),
            ("address", address), ("session", session),
            ("service", service), ("message", message),
        ]
        return "{" + members.map { "\"\($0.0)\":\"\(escape($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escape(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
    }
}
