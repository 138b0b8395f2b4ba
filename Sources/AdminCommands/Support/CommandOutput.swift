import Credentials
import Glibc

/// What other programs say about themselves.
enum CommandOutput {
    /// Octets; what prints more is something else.
    private static let longest = 1 << 20

    /// Standard output of a command that succeeded and said something; nil otherwise.
    static func of(_ words: [String]) -> String? {
        let command = words.map(quoted).joined(separator: " ")
        guard let pipe = unsafe popen("\(command) 2>/dev/null", "r") else { return nil }
        let bytes = unsafe readAll(fileno(pipe), limit: longest)
        guard unsafe pclose(pipe) == 0, let bytes, !bytes.isEmpty else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// For the shell: an operator's path may hold spaces.
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
