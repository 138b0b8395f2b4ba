import Administration
import Bytes
import Credentials
import TestSupport
import Testing

/// The second factor of alice.
extension AdminWorld {
    private static let seed = Array("12345678901234567890".utf8)

    /// Has a seed shown that is the same in each test, so that its wrong codes are the same, too.
    func beginEnrolment() throws {
        let isStored = try store.beginEnrolment(
            account: alice, seed: Secret(Self.seed), keys: store.keys, change: world.change())
        #expect(isStored)
        _ = try newEntries()
    }

    /// A code of that seed, by a clock that is so many seconds ahead.
    func code(ahead seconds: Int64 = 0) -> String {
        TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: now.adding(seconds: seconds)))
    }

    /// Confirms with a code and returns the recovery codes.
    func confirm(_ code: String) throws -> [String] {
        let confirmed = try admin.confirmEnrolment(state(), code: secret(code))
        return split(text(confirmed.codes.text))
    }

    /// Makes new recovery codes.
    func replaceRecoveryCodes() throws -> [String] {
        let codes = try admin.replaceRecoveryCodes(state())
        return split(text(codes.text))
    }

    /// Switches the second factor on and returns the recovery codes.
    func enroll() throws -> [String] {
        try beginEnrolment()
        return try confirm(code())
    }

    /// Signs in on the web with the main password and a code.
    func web(_ code: String) -> String { signIn(Self.mainPassword, "web", code: code) }

    private func split(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
}
