import ArgumentParser
import Authentication
import Credentials

extension Service: ExpressibleByArgument {}

extension CIDR: ExpressibleByArgument {
    /// Reads CIDR notation, such as `198.51.100.0/24`.
    package init?(argument: String) { self.init(argument) }
}

extension IPAddress: ExpressibleByArgument {
    /// Reads an IPv4 or IPv6 address.
    package init?(argument: String) { self.init(argument) }
}

extension Network: ExpressibleByArgument {
    /// Reads an address, or a network as `description` writes it.
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

/// A date (`2027-01-31`), a date with time (`2027-01-31T12:00:00Z`) or a duration after or before now (`180d`).
struct TimeArgument: ExpressibleByArgument {
    private let text: String

    init?(argument: String) {
        guard Timestamp(iso8601: argument) != nil || Setting.seconds(argument) != nil else { return nil }
        text = argument
    }

    /// Returns the time, which must be in the future; a duration counts from now.
    func end(from now: Timestamp) throws(CommandFailure) -> Timestamp {
        let end = Timestamp(iso8601: text) ?? now.adding(seconds: Int64(Setting.seconds(text) ?? 0))
        guard end > now else { throw CommandFailure(.badInput, "the end \(end.iso8601) is in the past") }
        return end
    }

    /// Returns the time; a duration counts back from now.
    func beginning(to now: Timestamp) -> Timestamp {
        Timestamp(iso8601: text) ?? now.adding(seconds: -Int64(Setting.seconds(text) ?? 0))
    }
}

/// A duration: `90s`, `10m`, `12h`, `180d`.
struct Duration: ExpressibleByArgument {
    let seconds: Int64

    init(days: Int64) { seconds = days * 86_400 }

    init?(argument: String) {
        guard let seconds = Setting.seconds(argument) else { return nil }
        self.seconds = Int64(seconds)
    }
}
