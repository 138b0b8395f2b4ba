import Bytes
import NIOCore

/// A client's connection, as conversations and the responder use it. For use on its event loop only.
protocol ClientConnection: AnyObject {
    /// Whether the client is still connected, for other threads to ask.
    var presence: ClientPresence { get }
    /// When data was last received.
    var lastArrival: NIODeadline { get }

    /// Sends the greeting, if it was not sent yet.
    func greet()
    /// Queues bytes, to be written at the end of this tick.
    func send(_ bytes: [UInt8])
    /// Queues what `write` appends to the output.
    ///
    /// - Parameter write: Returns false if it appended nothing.
    /// - Returns: The result of `write`.
    func send(_ write: (inout [UInt8]) -> Bool) -> Bool
    /// Queues a line that holds a secret; it is wiped once it was written.
    func sendSecret(_ line: borrowing Secret)
    /// Writes all that is queued.
    func flush()

    /// Counts a request that is not answered yet.
    func began()
    /// Must be called once for each `began()`, after the answer was queued or when there is none.
    func didEnd()

    /// Closes at once.
    func close()
    /// Closes after this tick's output: answers that were decided are still sent.
    func end()
    /// Accepts no more requests, and closes when the open ones are answered.
    func finish()
    /// Whether a line has taken too long, or the connection has been silent too long.
    func isOverdue(at now: NIODeadline) -> Bool
}
