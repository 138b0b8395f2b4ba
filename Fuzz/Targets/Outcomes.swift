@testable import Authentication
import Credentials
import Synchronization

/// One outcome of each kind.
enum Outcomes {
    static let all: [Outcome] = {
        let (account, appPassword) = (Installed.here.account, Installed.here.appPassword)
        let denials = DenialReason.allCases.map { reason in
            Outcome.denied(
                Denial(
                    reason: reason, guess: .counted, appPassword: appPassword, fingerprint: "0a1b2c", account: account,
                    detail: LogText.encode("a,(b)\n"), codeFault: .otherClock(-60)))
        }
        return denials + [
            .granted(Grant(account: account, credential: .mainPassword, enrolmentPending: true)),
            .granted(Grant(account: account, credential: .appPassword(appPassword), enrolmentPending: false)),
            .unavailable(.store(.corrupt(message: "disk \u{1b}[2J\n\r\u{0} full"))),
            .unavailable(.othersInFlight),
        ]
    }()
}

/// Checks that an attempt gives one valid line in each format.
func checkLog(_ outcome: Outcome, _ attempt: Attempt) {
    let address = attempt.address?.description ?? "-"
    for format in Configuration.LogFormat.allCases {
        let lines = Mutex<[String]>([])
        AuthLog(format: format) { new in lines.withLock { $0 += new.texts } }.write(outcome, attempt: attempt)
        let written = lines.withLock { $0 }
        expect(written.count == 1, "\(written.count) lines")
        switch format {
        case .dovecot: Peers.checkLogLine(written[0], address: address)
        case .json: Peers.checkJSONLine(written[0], address: address)
        }
    }
}
