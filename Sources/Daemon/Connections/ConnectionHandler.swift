import Bytes
import CPostern
import NIOCore
import WireProtocols

/// One connection: lines in, answers out, and the limits that keep one client from harming the others.
final class ConnectionHandler: ChannelInboundHandler, ClientConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a line may take from its first byte to its last.
    private static let lineDeadline = TimeAmount.seconds(30)
    /// How long a connection without open requests may be silent. Postfix keeps a connection for 100 s at most;
    /// Dovecot's workers keep theirs and reconnect.
    private static let idleDeadline = TimeAmount.minutes(15)
    /// Maximum number of unsent bytes, for clients that do not read. It is more than the open requests of a connection can
    /// cause.
    static let maxUnsent = 262_144

    /// The same for the portal: an account may have thousands of app passwords.
    static let maxUnsentToPortal = 4_194_304

    private let responder: Responder
    private let conversation: any Conversation
    private var lines: LineBuffer
    private var context: ChannelHandlerContext?
    /// Empty once it was sent.
    private var greeting: [UInt8]
    private var outgoing: [UInt8] = []
    private var outgoingSecrets: [ByteBuffer] = []
    /// Number of requests that are not answered yet.
    private var pending = 0
    /// No more requests are accepted, and the connection closes once nothing is pending.
    private var isFinishing = false
    /// The connection closes at the next flush, whatever is pending.
    private var isEnding = false
    private var lineBegan: NIODeadline?

    let presence = ClientPresence()
    private(set) var lastArrival = NIODeadline.now()

    init(_ responder: Responder, _ conversation: any Conversation) {
        self.responder = responder
        self.conversation = conversation
        greeting = conversation.greeting
        lines = LineBuffer(maxLineLength: type(of: conversation).maxLineLength)
    }

    // MARK: From the network

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        responder.add(self)
        if conversation.greetsAtOnce { greet() } else { responder.greetLater(self) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = take(unwrapInboundIn(data))
        guard self.context != nil, !isFinishing, !isEnding else { return wipe(&bytes) }
        lastArrival = .now()
        greet()
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

    /// Copies the bytes and wipes the buffer: NIO reuses its memory and never clears it.
    private func take(_ buffer: ByteBuffer) -> [UInt8] {
        defer { Self.clear(buffer) }
        return unsafe buffer.withUnsafeReadableBytes { unsafe Array($0) }
    }

    /// Wipes the buffer's memory in place, for all who hold the buffer.
    private static func clear(_ buffer: ByteBuffer) {
        unsafe buffer.withUnsafeReadableBytes {
            unsafe postern_wipe(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
        }
    }

    // MARK: To the network

    func greet() {
        guard !greeting.isEmpty else { return }
        send(greeting)
        greeting = []
    }

    func send(_ bytes: [UInt8]) {
        guard context != nil else { return }
        if outgoing.isEmpty { responder.flushLater(self) }
        outgoing += bytes
    }

    func send(_ write: (inout [UInt8]) -> Bool) -> Bool {
        let isFirst = outgoing.isEmpty
        guard write(&outgoing) else { return false }
        if isFirst { responder.flushLater(self) }
        return true
    }

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

    func began() { pending += 1 }

    func didEnd() {
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

    func end() {
        isEnding = true
        responder.flushLater(self)
    }

    func finish() {
        isFinishing = true
        if pending == 0, outgoing.isEmpty, outgoingSecrets.isEmpty { close() }
    }

    func isOverdue(at now: NIODeadline) -> Bool {
        if let lineBegan, lineBegan + Self.lineDeadline < now { return true }
        return pending == 0 && lastArrival + Self.idleDeadline < now
    }
}
