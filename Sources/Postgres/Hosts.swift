import CPostgres
import Credentials

/// How to connect to each of the hosts of a connection string.
struct Hosts {
    /// Keywords and values of libpq, one list for each host.
    let settings: [[(keyword: String, value: String)]]

    /// The schema, unless the setting `options` says otherwise.
    private static let schema = "postern"

    /// Reads a connection string: one or more hosts with `,` between them, as libpq takes it.
    ///
    /// - Throws: `StoreError.unreachable` if libpq does not understand it, or it has a password.
    init(_ text: String) throws(StoreError) {
        // libpq reads a URI by its scheme.
        let text = text.hasPrefix("//") ? StoreLocation.serverPrefix + text : text
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &message) else {
            let why = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw .unreachable(message: "the setting 'database' cannot be read: " + oneLine(why))
        }
        defer { unsafe PQconninfoFree(options) }
        var common: [(keyword: String, value: String)] = []
        var lists: [String: [String]] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            defer { unsafe option += 1 }
            guard let value = unsafe option.pointee.val else { continue }
            let (name, text) = unsafe (String(cString: keyword), String(cString: value))
            guard name != "password" else {
                throw .unreachable(
                    message:
                        "the setting 'database' must not have a password, which belongs in a file that 'passfile' names"
                )
            }
            if ["host", "hostaddr", "port"].contains(name) {
                lists[name] = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            } else {
                common.append((name, text))
            }
        }
        // libpq would take these from files and variables of whoever runs the program.
        let nowhere = "/nonexistent/file"
        let standard = [
            ("options", "-csearch_path=\(Self.schema)"), ("dbname", Self.schema), ("client_encoding", "UTF8"),
            ("passfile", nowhere), ("sslcert", nowhere), ("sslrootcert", nowhere), ("sslcrl", nowhere),
        ]
        for (keyword, value) in standard where !common.contains(where: { $0.keyword == keyword }) {
            common.append((keyword, value))
        }
        let count = max(1, lists.values.map(\.count).max() ?? 1)
        settings = (0..<count).map { index in
            common + lists.map { keyword, values in (keyword, values.count > index ? values[index] : values[0]) }
        }
    }

    /// The name of a host, for messages.
    static func name(_ settings: [(keyword: String, value: String)]) -> String {
        for keyword in ["host", "hostaddr"] {
            if let found = settings.first(where: { $0.keyword == keyword }) { return found.value }
        }
        return "the local socket"
    }
}
