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

extension Network: ExpressibleByArgument {
    /// An address, or what `description` gives.
    package init?(argument: String) {
        if argument == Network(of: nil).description {
            self.init(of: nil)
            return
        }
        let address = argument.hasSuffix("/64") ? String(argument.dropLast(3)) : argument
        guard let parsed = IPAddress(address), !(parsed.isIPv4 && address != argument) else { return nil }
        self.init(of: parsed)
    }
}

/// A date (`2027-01-31`), a moment (`2027-01-31T12:00:00Z`) or a time (`180d`), from now on or back from now.
struct Moment: ExpressibleByArgument {
    private let text: String

    init?(argument: String) {
        guard Timestamp(iso8601: argument) != nil || Setting.seconds(argument) != nil else { return nil }
        text = argument
    }

    /// An end that is still to come.
    func end(from now: Timestamp) throws(CommandFailure) -> Timestamp {
        let end = Timestamp(iso8601: text) ?? now.adding(seconds: Int64(Setting.seconds(text) ?? 0))
        guard end > now else { throw CommandFailure(.badInput, "\(end.iso8601) is in the past") }
        return end
    }

    /// A beginning; a bare time counts back.
    func beginning(to now: Timestamp) -> Timestamp {
        Timestamp(iso8601: text) ?? now.adding(seconds: -Int64(Setting.seconds(text) ?? 0))
    }
}

/// A length of time: `90s`, `10m`, `12h`, `180d`.
struct Duration: ExpressibleByArgument {
    let seconds: Int64

    init?(argument: String) {
        guard let seconds = Setting.seconds(argument) else { return nil }
        self.seconds = Int64(seconds)
    }
}

enum Switch: String, ExpressibleByArgument, CaseIterable {
    case on, off
}
