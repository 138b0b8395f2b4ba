import Credentials
import Glibc

/// Shows the progress of a long command on a terminal, and erases it at the end.
struct Progress: ~Copyable {
    private let what: String
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private var done = 0
    /// The percentage that is shown. Only changes are written, so that a fast command does not write more than it
    /// reads.
    private var shownPercent = -1

    init(_ what: String, of total: Int) {
        self.what = what
        self.total = total
    }

    mutating func step() {
        done += 1
        guard isShown, total > 0 else { return }
        let percent = min(100, done * 100 / total)
        guard percent != shownPercent else { return }
        shownPercent = percent
        _ = writeAll(STDERR_FILENO, "\r\(percent) % of \(total) \(what)")
    }

    /// Erases the line: `\e[K` erases to its end (ECMA-48, 8.3.41).
    deinit { if shownPercent >= 0 { _ = writeAll(STDERR_FILENO, "\r\u{1b}[K") } }
}
