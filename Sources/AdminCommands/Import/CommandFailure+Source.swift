import Imports

extension CommandFailure {
    /// - Parameter place: The file that a line number refers to, if there are several files.
    init(source error: SourceError, in place: String? = nil) {
        var text = error.explanation
        if case .malformed = error, let place { text = "\(place), \(text)" }
        self.init(.badInput, text + ". Nothing was imported.")
    }
}

/// Runs `body`, which reads a source, and turns its error into one of the command.
func reading<R>(_ body: () throws(SourceError) -> R) throws(CommandFailure) -> R {
    do throws(SourceError) { return try body() } catch { throw CommandFailure(source: error) }
}
