/// What a sign-in is for.
package enum Service: String, CaseIterable, Sendable {
    case imap, pop3, smtp, sieve, web

    /// Maps the name a channel uses onto a service; nil is the rule's "unknown service".
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

    /// Mail programs use it: app passwords open it, and under the two-factor rule the main password does not.
    package var isMail: Bool { self != .web }
}

/// The services an app password may use, as bits in the order of `Service.allCases`.
package struct Scope: OptionSet, Sendable {
    package let rawValue: Int64

    package init(rawValue: Int64) { self.rawValue = rawValue }

    package init(_ services: some Sequence<Service>) {
        self = services.reduce(into: []) { $0.formUnion(Self.bit($1)) }
    }

    /// All mail services: what an app password gets unless told otherwise.
    package static let mail = Scope(Service.allCases.filter(\.isMail))

    package func allows(_ service: Service) -> Bool { contains(Self.bit(service)) }

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
