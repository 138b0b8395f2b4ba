import Authentication
import Credentials

/// Ends a command with a sentence on standard error and an exit status.
struct CommandFailure: Error {
    /// The contract's exit statuses, after sysexits.h.
    enum Code: Int32 {
        case negative = 1
        case usage = 64
        case badInput = 65
        case tryLater = 75
        case badConfiguration = 78
    }

    let exitCode: Code
    let text: String

    init(_ exitCode: Code, _ text: String) {
        self.exitCode = exitCode
        self.text = text
    }

    init(_ failure: Unavailability) {
        if case .configuration = failure {
            self.init(.badConfiguration, failure.explanation)
        } else {
            self.init(.tryLater, failure.explanation)
        }
    }

    static func noAccount(_ name: AccountName) -> CommandFailure {
        CommandFailure(.negative, "there is no account \(name.text)")
    }
}
