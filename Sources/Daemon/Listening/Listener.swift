import Authentication
import Credentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// One of the daemon's listeners: a socket and the protocol spoken on it. All protocols share this code.
struct Listener: Sendable {
    enum Door: Sendable { case auth, dovecot, policy, account }

    /// `struct ucred` (unix(7)), which Swift's Glibc module hides.
    private struct Peer: Sendable {
        var process: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
    }

    let door: Door
    let socket: ListeningSocket

    /// Accepts connections on each loop until the returned channels are closed.
    ///
    /// - Parameter responders: One for each event loop of `group`.
    func start(_ group: any EventLoopGroup, _ responders: Responders) async throws -> [any Channel] {
        let loops = Array(group.makeIterator())
        let shares = AcceptingShares(loops: loops.count)
        var channels: [any Channel] = []
        for (number, loop) in loops.enumerated() {
            // All loops listen on the same socket.
            let descriptor = number == 0 ? socket.descriptor : fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "dup") }
            let bootstrap = bootstrap(loop, shares, number, responders)
            channels.append(try await bootstrap.withBoundSocket(descriptor).get())
        }
        return channels
    }

    private func bootstrap(_ loop: any EventLoop, _ shares: AcceptingShares, _ number: Int, _ responders: Responders)
        -> ServerBootstrap
    {
        ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: ListeningSocket.backlog)
            // Few at a time, so that those that come at once are spread.
            .serverChannelOption(.maxMessagesPerRead, value: 4)
            // Out of descriptors, accepting pauses for a second instead of being retried at once.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AcceptingShareHandler(shares, loop: number),
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false))
                }
            }
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(
                    low: 1, high: door == .account ? ConnectionHandler.maxUnsentToPortal : ConnectionHandler.maxUnsent)
            )
            .childChannelInitializer { channel in
                admit(channel, responders.backend).flatMapThrowing {
                    let responder = responders[channel.eventLoop]
                    let handler = ConnectionHandler(responder, try conversation(responder, responders))
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
    }

    private func conversation(_ responder: Responder, _ responders: Responders) throws -> any Conversation {
        switch door {
        case .auth: try auth(.mailServer, responder, responders)
        case .dovecot: try auth(.dovecot, responder, responders)
        case .policy: PolicyConversation(responder)
        case .account: AccountConversation(responder)
        }
    }

    private func auth(_ asker: AuthConversation.Asker, _ responder: Responder, _ responders: Responders) throws
        -> any Conversation
    {
        AuthConversation(asker, responder, number: responders.nextNumber(), cookie: try randomBytes(16))
    }

    /// Admits the peer within its user's limit. If the future fails, NIO closes the connection.
    private func admit(_ channel: any Channel, _ backend: Backend) -> EventLoopFuture<Void> {
        let peers = backend.peers
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let peer: EventLoopFuture<Peer> = options.unsafeGetSocketOption(
            level: NIOBSDSocket.OptionLevel(rawValue: SOL_SOCKET), name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return peer.flatMapThrowing { peer in
            if door == .account, !peers.isPortal(peer.user) {
                backend.logger.warning(
                    "closed a connection of uid \(peer.user) to account_socket: only the portal's user may connect")
                throw ChannelError.operationUnsupported
            }
            guard peers.admit(peer.user, owner: socket.owner) else {
                let second = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
                if let warning = peers.warning(for: peer.user, second: second) { backend.logger.warning("\(warning)") }
                throw ChannelError.operationUnsupported
            }
            channel.closeFuture.whenComplete { _ in peers.release(peer.user) }
        }
    }
}
