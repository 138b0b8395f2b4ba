import CCheckpassword

/// One sign-in or look-up for Dovecot 2.3, about which posternd is asked. Whatever else there is to do or to say is for
/// postern-checkpassword-local, which this process becomes then.
enum Program {
    static func run(_ arguments: Arguments) -> Int32 {
        let local = Local(arguments)
        let environment = CheckpasswordEnvironment(Channel.environment)
        guard Channel.isOpen, environment.mode != .credentials, environment.masterUser == nil,
            let socket = Configuration.socket(arguments)
        else { return local.start() }
        do throws(NoAnswer) {
            // Before the request is read: posternd accepts the connection in the meantime.
            guard let daemon = try DaemonClient(socket) else { return local.start() }
            var request = CheckpasswordRequest()
            guard Channel.read(&request) else { return local.start(returning: request.received) }
            let userName = request.userName
            do throws(NoAnswer) {
                return environment.mode == .verify
                    ? try verify(userName, request.takePassword(), environment, daemon) : try lookUp(userName, daemon)
            } catch {
                // Reading the database twice does no harm; counting a guess twice does.
                return local.start(
                    returning: userName + [0, 0, 0], noAnswer: environment.mode == .verify ? error : nil)
            }
        } catch {
            return local.start(noAnswer: error)
        }
    }

    private static func verify(
        _ userName: [UInt8], _ password: consuming Secret, _ environment: CheckpasswordEnvironment,
        _ daemon: borrowing DaemonClient
    ) throws(NoAnswer) -> Int32 {
        let question = DovecotAuthClient.request(
            userName: userName, secret: password, service: environment.service,
            remoteAddress: environment.remoteAddress, session: environment.session)
        switch try daemon.ask(question, DovecotAuthClient.answer) {
        case .granted(let fields): return reply(fields, .granted)
        case .denied: return status(.denied)
        case .unavailable: return status(.unavailable)
        }
    }

    private static func lookUp(_ userName: [UInt8], _ daemon: borrowing DaemonClient) throws(NoAnswer) -> Int32 {
        switch try daemon.ask(DovecotAuthClient.lookUp(userName: userName), DovecotAuthClient.lookUpAnswer) {
        case .found(let name, let fields):
            let mailbox = fields.map { (key: "userdb_" + $0.key, value: $0.value) }
            return reply([(key: "user", value: name)] + mailbox, .found)
        case .notFound: return status(.notFound)
        case .unavailable: return status(.unavailable)
        }
    }

    private static func reply(_ fields: DovecotAuthClient.Fields, _ success: CheckpasswordReply.ExitStatus) -> Int32 {
        status(Channel.reply(fields) ? success : .unavailable)
    }

    private static func status(_ status: CheckpasswordReply.ExitStatus) -> Int32 { status.rawValue }
}
