import Authentication
import Bytes
import Credentials
import Glibc
import SQLite
import WireProtocols

/// One sign-in or look-up for Dovecot 2.3, from descriptor 3 to descriptor 4.
///
/// It asks posternd, or decides by itself where no posternd listens. This program writes the reply itself instead of
/// running the reply program that Dovecot names as the last argument: Dovecot reads the same bytes either way, and one
/// more program for each sign-in would double its cost.
enum Program {
    static func run(_ values: Arguments) -> Int32 {
        guard Channel.isOpen else {
            return misuse("descriptor 4 is not open; this program is for Dovecot's passdb and userdb checkpassword")
        }
        let noAnswer = NoAnswer(values)
        let arguments = values.read(from: noAnswer == nil ? 1 : 3)
        let configuration: Configuration
        switch arguments {
        case .invalid(let problem): return misuse(problem)
        case .valid(let path):
            do throws(ConfigurationError) { configuration = try ConfigurationFile.load(path: path) } catch {
                return misuse(error.explanation)
            }
        }
        var request = CheckpasswordRequest()
        guard Channel.read(&request) else {
            return misuse("no valid request on descriptor 3: expected 'user NUL password NUL NUL', at most 512 bytes")
        }
        let environment = CheckpasswordEnvironment(Channel.environment)
        let log = AuthLog(configuration)
        if let noAnswer { return unavailable(.daemon(noAnswer.explanation), request, environment, log) }
        switch environment.mode {
        case .verify: return verify(&request, environment, configuration, log)
        case .lookUp: return lookUp(request, environment, configuration, log)
        // For a master user, Dovecot would take "found" without a password for a sign-in.
        case .credentials: return status(.notFound)
        }
    }

    private static func verify(
        _ request: inout CheckpasswordRequest, _ environment: CheckpasswordEnvironment,
        _ configuration: Configuration, _ log: AuthLog
    ) -> Int32 {
        let userName = request.userName
        let attempt = Attempt(
            userName: userName, secret: request.takePassword(), service: environment.service,
            address: IPAddress(environment.remoteAddress), session: environment.session)
        if let masterUser = environment.masterUser {
            log.write(.denied(.masterUser(masterUser)), attempt: attempt)
            return status(.denied)
        }
        do throws(NoAnswer) {
            if !configuration.dovecotSocket.isEmpty, let daemon = try DaemonClient(configuration.dovecotSocket) {
                let question = DovecotAuthClient.request(
                    userName: userName, secret: attempt.secret.raw, service: attempt.service,
                    remoteAddress: environment.remoteAddress, session: attempt.session)
                // The daemon has logged its answer.
                switch try daemon.ask(question, DovecotAuthClient.answer) {
                case .granted(let fields): return Channel.reply(fields) ? status(.granted) : status(.unavailable)
                case .denied: return status(.denied)
                case .unavailable: return status(.unavailable)
                }
            }
        } catch {
            log.write(.unavailable(.daemon(error.explanation)), attempt: attempt)
            return status(.unavailable)
        }
        return decide(attempt, configuration, log)
    }

    /// Decides in this process, without the daemon.
    private static func decide(_ attempt: Attempt, _ configuration: Configuration, _ log: AuthLog) -> Int32 {
        Library.startSmall()
        // Never closed and never freed: the kernel does both, as soon as Dovecot has the answer.
        let authenticator: Unmanaged<Authenticator>
        do throws(Unavailability) {
            unsafe authenticator = .passRetained(try Authenticator(configuration, log: log))
        } catch {
            log.write(.unavailable(error), attempt: attempt)
            return status(.unavailable)
        }
        unsafe authenticator.takeUnretainedValue().leaveLogOnClose()
        let decision = unsafe authenticator.takeUnretainedValue().decide(attempt)

        switch decision.outcome {
        case .granted(let grant):
            guard Channel.reply(fields(grant.account, configuration)) else { return status(.unavailable) }
        case .denied: return status(.denied)
        case .unavailable: return status(.unavailable)
        }
        if let followUp = decision.followUp, unsafe authenticator.takeUnretainedValue().performNow(followUp) {
            unsafe authenticator.release()
            Background.run { try? Authenticator(configuration, log: log).perform(followUp, secret: attempt.secret.raw) }
        }
        return status(.granted)
    }

    private static func fields(_ account: AccountState, _ configuration: Configuration)
        -> [(key: String, value: [UInt8])]
    {
        let mailbox = Mailbox(configuration).fields(of: account).map { ("userdb_" + $0.key, $0.value) }
        return ([("user", account.name.text)] + mailbox).map { (key: $0.0, value: Array($0.1.utf8)) }
    }

    private static func lookUp(
        _ request: CheckpasswordRequest, _ environment: CheckpasswordEnvironment, _ configuration: Configuration,
        _ log: AuthLog
    ) -> Int32 {
        Library.startSmall()
        do throws(Unavailability) {
            let authenticator = try Authenticator(configuration, log: log)
            authenticator.leaveLogOnClose()
            guard let account = try authenticator.lookUp(request.userName) else { return status(.notFound) }
            return Channel.reply(fields(account, configuration)) ? status(.found) : status(.unavailable)
        } catch {
            return unavailable(error, request, environment, log)
        }
    }

    private static func unavailable(
        _ failure: Unavailability, _ request: CheckpasswordRequest, _ environment: CheckpasswordEnvironment,
        _ log: AuthLog
    ) -> Int32 {
        log.write(
            .unavailable(failure), user: request.userName, address: IPAddress(environment.remoteAddress),
            session: environment.session, service: environment.service)
        return status(.unavailable)
    }

    private static func status(_ status: CheckpasswordReply.ExitStatus) -> Int32 { status.rawValue }

    /// Reports a problem on standard error, which is Dovecot's error log.
    private static func misuse(_ problem: String) -> Int32 {
        _ = writeAll(STDERR_FILENO, "postern-checkpassword: \(problem)\n")
        return status(.unavailable)
    }
}
