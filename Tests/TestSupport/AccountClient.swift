import Bytes
import WireProtocols

/// A client of `account_socket`.
package final class AccountClient {
    package let lines: LineClient

    package init(_ path: String) throws { lines = try LineClient(path: path) }

    /// A reply: rows with their kind, and how it ended.
    package struct Reply: CustomStringConvertible {
        package let rows: [(kind: String, fields: [String: String])]
        package let ending: String
        package let fields: [String: String]

        package subscript(name: String) -> String? { fields[name] }
        package func rows(_ kind: String) -> [[String: String]] { rows.filter { $0.kind == kind }.map(\.fields) }
        package var description: String { "\(ending) \(fields) \(rows)" }
        /// The ending, and the code of a refusal.
        package var verdict: String { ending == "refused" ? "refused \(fields["code"] ?? "")" : ending }
    }

    package func ask(_ verb: String, _ fields: [(String, String)] = []) throws -> Reply {
        send(verb, fields)
        return try answer()
    }

    package func send(_ verb: String, _ fields: [(String, String)]) {
        var line = Array(verb.utf8)
        for (name, value) in fields { line += Array("\t\(name)=".utf8) + TabEscape.encode(Array(value.utf8)) }
        lines.send(line + [0x0a])
    }

    package func answer() throws -> Reply {
        var rows: [(String, [String: String])] = []
        while true {
            let (word, fields) = try Self.read(try lines.readLine())
            if AccountReply.Ending(rawValue: word) != nil { return Reply(rows: rows, ending: word, fields: fields) }
            rows.append((word, fields))
        }
    }

    private static func read(_ line: String) throws -> (String, [String: String]) {
        let parts = Array(line.utf8).split(separator: 0x09, omittingEmptySubsequences: false)
        var fields: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: 0x3d), let value = TabEscape.decode(part[(equals + 1)...]) else {
                throw TestFailure("not a field in \(line)")
            }
            fields[String(decoding: part[..<equals], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        return (String(decoding: parts[0], as: UTF8.self), fields)
    }

    /// A new form's nonce: sixteen printable bytes.
    package static func form() -> String { String((0..<16).map { _ in "abcdefghijklmnop".randomElement() ?? "a" }) }

    /// Signs in and returns the session's token.
    package func signIn(
        _ user: String, _ password: String, code: String = "", from address: String = "192.0.2.7"
    ) throws -> String {
        let reply = try ask(
            "sign-in", [("user", user), ("password", password), ("code", code), ("address", address)])
        guard let token = reply["token"] else { throw TestFailure("no session: \(reply)") }
        return token
    }
}
