import Administration
import Credentials

/// The operator's own program for events, such as one that calls a webhook.
enum EventProgram {
    private struct Event: Encodable {
        let account: String
        let event: String
        let at: String
        let label: String
    }

    /// Runs it without a shell, with a JSON object a line on standard input.
    ///
    /// - Throws: `CommandFailure.tryLater` if it fails or takes more than ten seconds: it gets the events again.
    static func run(_ command: [String], _ events: [OwnerEvent]) throws(CommandFailure) {
        let lines = events.compactMap { event in
            Output.jsonText(
                Event(
                    account: event.account.text, event: event.kind.rawValue, at: event.at.iso8601, label: event.label))
        }
        guard CommandOutput.feed(command, Array(lines.map { $0 + "\n" }.joined().utf8)) else {
            throw CommandFailure(
                .tryLater, "event_command failed, or took more than ten seconds; it is run again later")
        }
    }
}
