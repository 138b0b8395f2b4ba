import Bytes
import Credentials
import Glibc

/// Reads secrets from standard input or at a prompt without echo, never from the command line.
enum SecretInput {
    /// Reads the first line of standard input.
    static func standardInput() throws(CommandFailure) -> Secret {
        guard var bytes = readAll(STDIN_FILENO, limit: 4096) else {
            throw CommandFailure(.badInput, "standard input cannot be read")
        }
        defer { wipe(&bytes) }
        var line = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return Secret(wiping: &line)
    }

    /// Asks for a secret on the terminal, without echo.
    ///
    /// - Parameter option: The option that reads standard input instead, for the error message.
    static func prompt(_ question: String, otherwise option: String = "--password-stdin") throws(CommandFailure)
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

    /// Reads a new main password from standard input, or asks for it twice.
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
        return secret
    }

    /// Reads the first line of standard input as text, for a value that is not a clear-text secret.
    static func text() throws(CommandFailure) -> String {
        unsafe try standardInput().withBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
