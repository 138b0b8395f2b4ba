/// A value that is not UTF-8.
package struct UnreadableValue: Equatable, Sendable {
    let row: Int
    let column: Int
    /// Line in the dump, from 1.
    let line: Int
}
