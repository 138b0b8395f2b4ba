/// A service that an account signs in to.
package enum Service: String, CaseIterable, Sendable {
    case imap, pop3, smtp, sieve, web

    /// Maps the service name of a channel to a service; nil means "unknown service" in the sign-in rule.
    package init?(channelName: String) {
        switch channelName {
        case "imap", "imaps": self = .imap
        case "pop3", "pop3s": self = .pop3
        case "smtp", "smtps", "submission", "submissions": self = .smtp
        case "sieve", "managesieve": self = .sieve
        case "web": self = .web
        default: return nil
        }
    }

    /// Whether mail programs use the service: app passwords open it, and under the two-factor rule the main password
    /// does not.
    package var isMail: Bool { self != .web }
}

/// A set of services, such as those an app password may use, as bits in the order of `Service.allCases`.
package struct Scope: OptionSet, Sendable {
    /// One bit for each service.
    package let rawValue: Int64

    /// Makes a set from its bits.
    package init(rawValue: Int64) { self.rawValue = rawValue }

    /// Makes a set of these services.
    package init(_ services: some Sequence<Service>) {
        self = services.reduce(into: []) { $0.formUnion(Self.bit($1)) }
    }

    /// All mail services, the default of an app password.
    package static let mail = Scope(Service.allCases.filter(\.isMail))

    /// Whether the set contains the service.
    package func allows(_ service: Service) -> Bool { contains(Self.bit(service)) }

    /// The services of the set, in the order of `Service`.
    package var services: [Service] { Service.allCases.filter(allows) }

    private static func bit(_ service: Service) -> Scope {
        switch service {
        case .imap: Scope(rawValue: 1)
        case .pop3: Scope(rawValue: 2)
        case .smtp: Scope(rawValue: 4)
        case .sieve: Scope(rawValue: 8)
        case .web: Scope(rawValue: 16)
        }
    }
}
