import Authentication
import Credentials
import Logging
import NIOCore

/// State that all event loops share.
final class Backend: Sendable {
    let judge: Judge
    let mailbox: Mailbox
    let authLog: AuthLog
    let logger: Logger
    let hashWorkers: HashWorkers
    let writer: StoreWriter
    let signIns: SignInRecorder
    let pruner: Pruner
    let owners: OwnerWorker
    let peers: PeerLimits
    let failureDelay: TimeAmount

    init(
        _ configuration: Configuration, keys: Keys, logger: Logger, clock: @escaping @Sendable () -> Timestamp
    ) {
        let writer = StoreWriter(ReopeningStore(configuration.store, keys: keys))
        self.writer = writer
        // Other machines use a server, too.
        var leave: (@Sendable (Place) -> Void)?
        if configuration.store.path == nil { leave = { writer.leave($0) } }
        judge = Judge(
            keys: keys, configuration: configuration, rightSecrets: RightSecrets(), lookedSecrets: LookedSecrets(),
            leave: leave, clock: clock)
        mailbox = Mailbox(configuration)
        authLog = AuthLog(configuration)
        self.logger = logger
        peers = PeerLimits(maxPerStranger: configuration.peerConnectionLimit)
        hashWorkers = HashWorkers(judge, count: configuration.hashWorkers, queue: configuration.hashQueue)
        owners = OwnerWorker(
            ReopeningStore(configuration.store, keys: keys), configuration, clock: clock)
        signIns = SignInRecorder(writer, judge.retention, logger)
        pruner = Pruner(writer, judge, logger)
        failureDelay = .seconds(Int64(configuration.failureDelay))
    }
}
