import NIOCore

/// Lets the listening channel of one loop accept while that loop has no more connections than its share.
final class AcceptingShareHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = any Channel

    private let shares: AcceptingShares
    private let loop: Int

    init(_ shares: AcceptingShares, loop: Int) {
        self.shares = shares
        self.loop = loop
    }

    func read(context: ChannelHandlerContext) {
        let waiting = NIOLoopBound(context, eventLoop: context.eventLoop)
        let mayAccept = shares.mayAccept(loop) { waiting.eventLoop.execute { waiting.value.read() } }
        if mayAccept { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        shares.leave(loop)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (shares, loop) = (shares, loop)
        shares.opened(loop)
        unwrapInboundIn(data).closeFuture.whenComplete { _ in shares.closed(loop) }
        context.fireChannelRead(data)
    }
}
