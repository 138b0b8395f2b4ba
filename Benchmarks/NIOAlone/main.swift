// The limit: what NIO and the kernel alone can do with the requests of sign-ins.c. Grants all of them, with buffers and
// flushes as in Sources/Daemon; has no accounts, and writes no log.
//
// usage: nio-alone SOCKET LOOPS

import NIOCore
import NIOPosix

/// The connections of one event loop: all answers of one tick are flushed at its end.
final class Tick {
    private let loop: any EventLoop
    private var toFlush: [Connection] = []
    private var isScheduled = false

    init(_ loop: any EventLoop) { self.loop = loop }

    func flushLater(_ connection: Connection) {
        toFlush.append(connection)
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().execute { self.flushAll() }
    }

    private func flushAll() {
        isScheduled = false
        var connections: [Connection] = []
        swap(&connections, &toFlush)
        for connection in connections { connection.flush() }
    }
}

final class Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The last line is the one that sign-ins.c waits for.
    private static let greeting = "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0\nDONE\n"
    private static let user = "\tuser=user@example.org\tuserdb_uid=5000\tuserdb_gid=5000\tuserdb_home=/var/vmail/user\n"

    private let tick: Tick
    private var context: ChannelHandlerContext?
    /// An incomplete line.
    private var pending: [UInt8] = []
    private var outgoing: [UInt8] = []

    init(_ tick: Tick) { self.tick = tick }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        outgoing += Self.greeting.utf8
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) { self.context = nil }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending += unwrapInboundIn(data).readableBytesView
        let wasEmpty = outgoing.isEmpty
        var start = 0
        while let end = pending[start...].firstIndex(of: UInt8(ascii: "\n")) {
            answer(pending[start..<end])
            start = end + 1
        }
        pending.removeFirst(start)
        if wasEmpty, !outgoing.isEmpty { tick.flushLater(self) }
    }

    /// Answers an AUTH line. The handshake needs no answer but the greeting.
    private func answer(_ line: ArraySlice<UInt8>) {
        guard line.starts(with: "AUTH\t".utf8) else { return }
        outgoing += "OK\t".utf8
        outgoing += line.dropFirst(5).prefix { $0 != UInt8(ascii: "\t") }
        outgoing += Self.user.utf8
    }

    func flush() {
        guard let context else { return }
        let buffer = context.channel.allocator.buffer(bytes: outgoing)
        outgoing.removeAll(keepingCapacity: false)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}

guard CommandLine.arguments.count == 3, let loops = Int(CommandLine.arguments[2]) else {
    fatalError("usage: nio-alone SOCKET LOOPS")
}
let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
var ticks: [ObjectIdentifier: NIOLoopBound<Tick>] = [:]
for loop in group.makeIterator() {
    ticks[ObjectIdentifier(loop)] = try loop.submit { NIOLoopBound(Tick(loop), eventLoop: loop) }.wait()
}
let server = try ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4096)
    .serverChannelOption(.maxMessagesPerRead, value: 64)
    .childChannelInitializer { [ticks] channel in
        channel.eventLoop.makeCompletedFuture {
            guard let tick = ticks[ObjectIdentifier(channel.eventLoop)] else { throw ChannelError.operationUnsupported }
            try channel.pipeline.syncOperations.addHandler(Connection(tick.value))
        }
    }
    .bind(unixDomainSocketPath: CommandLine.arguments[1]).wait()
try server.closeFuture.wait()
