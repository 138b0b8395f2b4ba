package import Bytes

/// Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, six digits, steps of 30 s, as every
/// authenticator program makes them.
package enum TOTP {
    /// Seconds of a step (RFC 6238, section 5.2).
    package static let step: Int64 = 30
    /// Digits of a code.
    package static let digits = 6

    /// The step that contains a time.
    package static func step(at time: Timestamp) -> Int64 { time.seconds / step }

    /// The step whose code was given: the current, the previous or the next one (RFC 6238, sections 5.2 and 6); nil if
    /// none of them.
    package static func matchingStep(code: borrowing Secret, seed: borrowing Secret, at time: Timestamp) -> Int64? {
        let current = step(at: time)
        var found: Int64?
        // All three are always compared, so that timing does not tell which one matched.
        for candidate in [current + 1, current - 1, current]
        where code.equals(Secret(Array(Self.code(seed: seed, counter: candidate).utf8))) {
            found = candidate
        }
        return found
    }

    /// Steps in each direction, ten minutes, that are searched for a code that does not match now, to detect a wrong
    /// clock. About 40 of a million wrong codes match one of them by chance, which has no consequences.
    static let searchedSteps: Int64 = 20

    /// Seconds by which the clock that made the code is ahead of ours (negative: behind); nil if no searched step
    /// matches.
    package static func clockError(code: borrowing Secret, seed: borrowing Secret, at time: Timestamp) -> Int64? {
        let current = step(at: time)
        for distance in 1...searchedSteps {
            for offset in [distance, -distance] {
                let candidate = Secret(Array(Self.code(seed: seed, counter: current + offset).utf8))
                if code.equals(candidate) { return offset * step }
            }
        }
        return nil
    }

    /// Bytes of a new seed (RFC 4226, section 4, R6: 160 bits recommended).
    package static let seedLength = 20

    /// The HOTP code of a counter (RFC 4226, section 5.3).
    package static func code(seed: borrowing Secret, counter: Int64, digits: Int = TOTP.digits) -> String {
        let moving = (0..<8).map { UInt8(truncatingIfNeeded: counter >> Int64(56 - 8 * $0)) }
        let mac = Digest.sha1.hmac(key: seed, moving)
        let offset = Int(mac[19] & 0x0f)
        let word = mac[offset..<(offset + 4)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & 0x7fff_ffff
        let modulus = (0..<digits).reduce(UInt64(1)) { value, _ in value * 10 }
        let text = String(word % modulus)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
