import ArgumentParser
import Authentication
import Credentials

extension Service: ExpressibleByArgument {}

extension CIDR: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension IPAddress: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

/// A date (`2027-01-31`), a moment (`2027-01-31T12:00:00Z`) or a time from now (`180d`).
struct Moment: ExpressibleByArgument {
    private let text: String

    init?(argument: String) {
        guard Timestamp(iso8601: argument) != nil || Setting.seconds(argument) != nil else { return nil }
        text = argument
    }

    func resolved(from now: Timestamp) -> Timestamp {
        Timestamp(iso8601: text) ?? now.adding(seconds: Int64(Setting.seconds(text) ?? 0))
    }
}

/// A line of a policy.
enum Requirement: String, ExpressibleByArgument, CaseIterable {
    case required, optional

    var isRequired: Bool { self == .required }
}

enum Switch: String, ExpressibleByArgument, CaseIterable {
    case on, off
}
