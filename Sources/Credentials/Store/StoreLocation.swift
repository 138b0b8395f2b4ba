/// Where a store is.
package enum StoreLocation: Sendable, Equatable {
    /// A file on this machine.
    case file(path: String)
    /// A database server that other machines use, too.
    ///
    /// - Parameter settings: How to connect to it, in the form of libpq.
    case server(settings: String)

    /// What a setting for a server begins with.
    package static let serverPrefix = "postgresql:"

    /// Reads the setting `database`: the path of a file, or `postgresql:` and how to connect to the server.
    package init(_ setting: String) {
        self =
            setting.hasPrefix(Self.serverPrefix)
            ? .server(settings: String(setting.dropFirst(Self.serverPrefix.count))) : .file(path: setting)
    }

    static let serverName = "the schema on the database server"

    /// The name that messages use.
    package var name: String {
        switch self {
        case .file(let path): path
        case .server: Self.serverName
        }
    }

    /// The path of the file; nil: it is on a server.
    package var path: String? {
        switch self {
        case .file(let path): path
        case .server: nil
        }
    }
}
