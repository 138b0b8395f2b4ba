/// An error that a database server returned.
package struct ServerError: Error, Equatable {
    /// Five characters (postgresql.org/docs/current/errcodes-appendix.html).
    package let state: String
    /// The server's text, one line.
    package let message: String

    /// Makes an error of a server's answer.
    package init(state: String, message: String) {
        self.state = state
        self.message = message
    }

    /// A row that violates a constraint.
    var isConstraint: Bool { state.hasPrefix("23") }
    /// A statement that does not fit the tables.
    var isWrongSQL: Bool { state.hasPrefix("42") && state != "42501" }
}
