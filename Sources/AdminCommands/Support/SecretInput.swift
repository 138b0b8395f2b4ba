import Bytes
import Credentials
import Glibc

/// Secrets come from standard input or from a prompt without echo, never from the command line.
enum SecretInput {
    /// Octets. Dovecot gives a checkpassword program 512 for name and password together
    /// (CHECKPASSWORD_MAX_REQUEST_LEN), and a name takes up to 254.
    static let longest = 255

    /// The first line of standard input.
    static func standardInput() throws(CommandFailure) -> Secret {
        guard var bytes = readAll(STDIN_FILENO, limit: 4096) else {
            throw CommandFailure(.badInput, "standard input cannot be read")
        }
        defer { wipe(&bytes) }
        var line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return Secret(wiping: &line)
    }

    /// Asks on the terminal, without echo.
    static func prompt(_ question: String, elsewise option: String = "--password-stdin") throws(CommandFailure)
        -> Secret
    {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "standard input is not a terminal; use \(option)")
        }
        _ = writeAll(STDERR_FILENO, "\(question): ")
        var shown = termios()
        unsafe tcgetattr(STDIN_FILENO, &shown)
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            _ = writeAll(STDERR_FILENO, "\n")
        }
        var line = [UInt8](repeating: 0, count: 4096)
        defer { wipe(&line) }
        let count = unsafe read(STDIN_FILENO, &line, line.count)
        guard count > 0 else { throw CommandFailure(.badInput, "no password was given") }
        var typed = Array(line[..<count].prefix { $0 != UInt8(ascii: "\n") })
        return Secret(wiping: &typed)
    }

    /// A new main password: from standard input, or asked for twice.
    static func newPassword(fromStandardInput: Bool) throws(CommandFailure) -> Secret {
        let secret: Secret
        if fromStandardInput {
            secret = try standardInput()
        } else {
            secret = try prompt("New main password")
            guard try prompt("Again").equals(secret) else {
                throw CommandFailure(.badInput, "the two passwords differ")
            }
        }
        guard !secret.isEmpty, secret.count <= longest else {
            throw CommandFailure(.badInput, "a main password has 1 to \(longest) octets")
        }
        // Dovecot refuses these before it asks anyone (src/auth/auth-request.c).
        guard unsafe !secret.withBytes({ unsafe $0.contains { [0, 1, 9, 10, 13].contains($0) } }) else {
            throw CommandFailure(.badInput, "a main password cannot hold TAB, CR, LF, NUL or octet 1")
        }
        return secret
    }

    /// A stored hash from standard input, which must be one that can be verified here.
    static func hash(memoryLimit: Int) throws(CommandFailure) -> String {
        let text = unsafe try standardInput().withBytes { unsafe String(decoding: $0, as: UTF8.self) }
        do throws(HashError) { _ = try PasswordHash(stored: text, memoryLimit: UInt32(memoryLimit)) } catch {
            throw CommandFailure(.badInput, error.explanation)
        }
        return text
    }
}
