import Authentication
import Credentials
import Logging
import NIOCore

/// What all event loops share.
final class Backend: Sendable {
    let judge: Judge
    let mailbox: Mailbox
    let authLog: AuthLog
    let logger: Logger
    let hashWorkers: HashWorkers
    let writer: StoreWriter
    let signIns: SignInRecorder
    let peers = PeerLimits()
    let failureDelay: TimeAmount

    init(_ configuration: Configuration, keys: Keys, logger: Logger) {
        judge = Judge(keys: keys, configuration: configuration, rightSecrets: RightSecrets())
        mailbox = Mailbox(configuration)
        authLog = AuthLog(configuration)
        self.logger = logger
        hashWorkers = HashWorkers(judge, count: configuration.hashWorkers, queue: configuration.hashQueue)
        writer = StoreWriter(judge, KeptStore(path: configuration.database, keys: keys))
        signIns = SignInRecorder(writer, logger)
        failureDelay = .seconds(Int64(configuration.failureDelay))
    }
}
