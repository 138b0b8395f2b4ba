import Authentication
import Bytes
import Credentials

/// A set of recovery codes on its way to its owner.
struct RecoveryCodes: ~Copyable {
    private static let count = 10

    /// For the store.
    let macs: [[UInt8]]
    /// One a line, as they are typed.
    private let text: Secret

    init(_ account: AccountName, _ keys: Keys) throws(CommandFailure) {
        var macs: [[UInt8]] = []
        var lines: [UInt8] = []
        // In one piece: growing an array would leave a copy behind.
        lines.reserveCapacity(Self.count * 64)
        do throws(RandomFailure) {
            for number in 1...Self.count {
                let code = try AppPasswordText.makeGenerated()
                macs.append(keys.recoveryCode.mac(account: account.text, secret: code))
                unsafe AppPasswordText.display(code).withBytes { unsafe lines.append(contentsOf: $0) }
                if number < Self.count { lines.append(UInt8(ascii: "\n")) }
            }
        } catch {
            throw CommandFailure(.hash(.noRandom))
        }
        self.macs = macs
        text = Secret(wiping: &lines)
    }

    func show(_ account: AccountName) throws(CommandFailure) {
        try Output.secret(
            text,
            "Recovery codes of \(account.text), for when the phone is lost. Each works once, on the web, in place of a code. "
                + "They are shown this once:")
    }
}
