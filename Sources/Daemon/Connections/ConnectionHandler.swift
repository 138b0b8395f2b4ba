import Bytes
import CPostern
import NIOCore
import WireProtocols

/// One connection: lines in, answers out, and the limits that keep one client from harming the others.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a line may take from its first octet to its last.
    private static let lineDeadline = TimeAmount.seconds(30)
    /// How long a connection may stay without a word. Postfix keeps its own for 100 s at most; Dovecot's workers keep
    /// theirs and connect again.
    private static let idleDeadline = TimeAmount.minutes(15)
    /// Octets that wait for a client that does not read. More than all open requests of one connection can cause.
    static let mostUnsent = 262_144

    private let responder: Responder
    private let conversation: any Conversation
    private var lines: LineBuffer
    private var context: ChannelHandlerContext?
    private var outgoing: [UInt8] = []
    private var outgoingSecrets: [ByteBuffer] = []
    /// Requests that are being worked on.
    private var pending = 0
    /// Takes no more, and closes once nothing is pending.
    private var isFinishing = false
    /// Closes with the next flush, whatever is pending.
    private var isEnding = false
    private var lineBegan: NIODeadline?

    let presence = ClientPresence()
    /// When something was last received.
    private(set) var lastArrival = NIODeadline.now()

    init(_ responder: Responder, _ conversation: any Conversation) {
        self.responder = responder
        self.conversation = conversation
        lines = LineBuffer(longest: type(of: conversation).longestLine)
    }

    // MARK: From the network

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        responder.add(self)
        outgoing = conversation.greeting
        flush()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = take(unwrapInboundIn(data))
        guard self.context != nil, !isFinishing, !isEnding else { return wipe(&bytes) }
        lastArrival = .now()
        let isRegular = responder.receiving {
            lines.receive(&bytes) { line in
                lineBegan = nil
                return conversation.receive(line, on: self) && self.context != nil
            }
        }
        guard isRegular else { return close() }
        lineBegan = lines.isInLine ? lineBegan ?? lastArrival : nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { close() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        presence.leave()
        lines.clear()
        responder.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    /// The octets, wiped where they were received: NIO uses that memory again and never clears it.
    private func take(_ buffer: ByteBuffer) -> [UInt8] {
        defer { Self.clear(buffer) }
        return unsafe buffer.withUnsafeReadableBytes { unsafe Array($0) }
    }

    /// Whoever else holds the buffer sees zeros, too.
    private static func clear(_ buffer: ByteBuffer) {
        unsafe buffer.withUnsafeReadableBytes {
            unsafe postern_wipe(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
        }
    }

    // MARK: To the network

    /// Written with all that this tick of the loop brings.
    func send(_ bytes: [UInt8]) {
        guard context != nil else { return }
        if outgoing.isEmpty { responder.flushLater(self) }
        outgoing += bytes
    }

    /// The same for what is written in place.
    ///
    /// - Parameter write: False if it wrote nothing.
    /// - Returns: What it said.
    func send(_ write: (inout [UInt8]) -> Bool) -> Bool {
        let isFirst = outgoing.isEmpty
        guard write(&outgoing) else { return false }
        if isFirst { responder.flushLater(self) }
        return true
    }

    /// The same, with a secret in it: wiped once it was written.
    func sendSecret(_ line: borrowing Secret) {
        guard let context else { return }
        if outgoing.isEmpty { responder.flushLater(self) }
        var buffer = context.channel.allocator.buffer(capacity: line.count)
        _ = unsafe line.withBytes { unsafe buffer.writeBytes($0) }
        outgoingSecrets.append(buffer)
    }

    func flush() {
        guard let context else { return }
        if !outgoing.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: outgoing)
            outgoing.removeAll(keepingCapacity: false)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        let secrets = outgoingSecrets
        outgoingSecrets = []
        for secret in secrets {
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenComplete { _ in Self.clear(secret) }
            context.writeAndFlush(wrapOutboundOut(secret), promise: written)
        }
        if isEnding || isFinishing && pending == 0 { close() }
    }

    /// A request came whose answer is not there yet.
    func began() { pending += 1 }

    /// Its answer was sent, or there is none.
    func ended() {
        pending -= 1
        if isFinishing, pending == 0, outgoing.isEmpty, outgoingSecrets.isEmpty { close() }
    }

    // MARK: Ending

    func close() {
        guard let context else { return }
        self.context = nil
        lines.clear()
        context.close(promise: nil)
    }

    /// Closes after what this tick has for it: an answer that was decided is not taken back.
    func end() {
        isEnding = true
        responder.flushLater(self)
    }

    /// Takes no more requests, and closes when those it has are answered.
    func finish() {
        isFinishing = true
        if pending == 0, outgoing.isEmpty, outgoingSecrets.isEmpty { close() }
    }

    func isOverdue(at now: NIODeadline) -> Bool {
        if let lineBegan, lineBegan + Self.lineDeadline < now { return true }
        return pending == 0 && lastArrival + Self.idleDeadline < now
    }
}
