import CCheckpassword

/// One sign-in or look-up for Dovecot 2.3, about which posternd is asked. Whatever else there is to do or to say is for
/// postern-checkpassword-local, which this process becomes then.
enum Program {
    static func run(_ arguments: Arguments) -> Int32 {
        let local = Local(arguments)
        let environment = CheckpasswordEnvironment(Channel.environment)
        guard Channel.isOpen, postern_is_open(Channel.request) != 0, environment.mode != .credentials,
            environment.masterUser == nil, let socket = Configuration.socket(arguments)
        else { return local.start() }
        let isSignIn = environment.mode == .verify
        var userName: [UInt8]?
        do throws(NoAnswer) {
            // Before the request is read: posternd accepts the connection in the meantime.
            guard let daemon = try DaemonClient(socket) else { return local.start() }
            var request = CheckpasswordRequest()
            guard Channel.read(&request) else { return local.start(returning: request.received) }
            userName = request.userName
            return isSignIn
                ? try verify(request.userName, request.takePassword(), environment, daemon)
                : try lookUp(request.userName, daemon)
        } catch {
            // Counting a guess twice does harm; looking somebody up twice does not.
            return local.start(returning: userName.map { $0 + [0, 0, 0] }, noAnswer: isSignIn ? error : nil)
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
