import Bytes
import CArgon2

/// A parsed Argon2 hash in PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG`.
///
/// Every number is checked before memory is allocated for it.
struct Argon2Hash: Sendable {
    /// RFC 9106, section 3.1, allows 1 to 2^24 - 1 lanes; no stored hash in practice has more than this.
    static let maxLanes: UInt32 = 16
    /// More passes than this would take seconds for each hash, which a stored hash must not be able to demand.
    static let maxPasses: UInt32 = 64
    /// libargon2 requires a salt of at least 8 bytes (`ARGON2_MIN_SALT_LENGTH`); RFC 9106, section 3.1, recommends 16.
    static let saltLengths = 8...64
    /// RFC 9106, section 3.1, requires a tag of at least 4 bytes; under 16 would be guessable, over 64 is unknown in
    /// practice.
    static let tagLengths = 16...64
    /// Bytes; enough for a PHC string with the longest fields above.
    static let maxTextLength = 256

    let variant: Argon2_type
    let version: UInt32
    /// Memory in KiB.
    let memory: UInt32
    let passes: UInt32
    let lanes: UInt32
    let salt: [UInt8]
    let tag: [UInt8]

    init?(_ text: String) {
        guard text.utf8.count <= Self.maxTextLength else { return nil }
        var fields = text.split(separator: "$", omittingEmptySubsequences: false)[...]
        guard fields.popFirst() == "", let name = fields.popFirst() else { return nil }
        switch name {
        case "argon2id": variant = Argon2_id
        case "argon2i": variant = Argon2_i
        case "argon2d": variant = Argon2_d
        default: return nil
        }
        // Hashes older than version 1.3 name no version (0x10).
        if let field = fields.first, field.hasPrefix("v=") {
            guard let number = Self.number(field.dropFirst(2)), number == 0x10 || number == 0x13 else { return nil }
            version = number
            fields.removeFirst()
        } else {
            version = 0x10
        }
        guard fields.count == 3, let parameters = fields.popFirst(), let saltText = fields.popFirst(),
            let tagText = fields.popFirst()
        else { return nil }
        let pairs = parameters.split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == 3, pairs[0].hasPrefix("m="), pairs[1].hasPrefix("t="), pairs[2].hasPrefix("p="),
            let memory = Self.number(pairs[0].dropFirst(2)), let passes = Self.number(pairs[1].dropFirst(2)),
            let lanes = Self.number(pairs[2].dropFirst(2)),
            (1...Self.maxLanes).contains(lanes), (1...Self.maxPasses).contains(passes), memory >= 8 * lanes,
            let salt = Base64.decode(saltText), Self.saltLengths.contains(salt.count),
            let tag = Base64.decode(tagText), Self.tagLengths.contains(tag.count)
        else { return nil }
        self.memory = memory
        self.passes = passes
        self.lanes = lanes
        self.salt = salt
        self.tag = tag
    }

    /// Computes a tag of the stored length.
    ///
    /// - Throws: `HashError.outOfMemory` if libargon2 fails, for which lack of memory is the only reason left.
    func computeTag(_ secret: borrowing Secret) throws(HashError) -> [UInt8] {
        try Self.compute(
            secret, salt: salt, memory: memory, passes: passes, lanes: lanes, variant: variant, version: version,
            count: tag.count)
    }

    /// Makes a new Argon2id hash with a random salt of 16 bytes and a tag of 32 (RFC 9106, section 4).
    static func make(_ secret: borrowing Secret, memory: UInt32, passes: UInt32) throws(HashError) -> String {
        let salt: [UInt8]
        do { salt = try randomBytes(16) } catch { throw .noRandom }
        let tag = try compute(
            secret, salt: salt, memory: memory, passes: passes, lanes: 1, variant: Argon2_id, version: 0x13, count: 32)
        return "$argon2id$v=19$m=\(memory),t=\(passes),p=1$\(Self.text(salt))$\(Self.text(tag))"
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.encode(bytes, padded: false), as: UTF8.self)
    }

    private static func compute(
        _ secret: borrowing Secret, salt: [UInt8], memory: UInt32, passes: UInt32, lanes: UInt32,
        variant: Argon2_type, version: UInt32, count: Int
    ) throws(HashError) -> [UInt8] {
        var salt = salt
        var tag = [UInt8](repeating: 0, count: count)
        let code = unsafe secret.withBytes { password in
            unsafe salt.withUnsafeMutableBufferPointer { salt in
                unsafe tag.withUnsafeMutableBufferPointer { tag in
                    var context = unsafe argon2_context()
                    unsafe context.out = tag.baseAddress
                    unsafe context.outlen = UInt32(tag.count)
                    // libargon2 only writes to the password under ARGON2_FLAG_CLEAR_PASSWORD, which is not set.
                    unsafe context.pwd = UnsafeMutablePointer(
                        mutating: password.assumingMemoryBound(to: UInt8.self).baseAddress)
                    unsafe context.pwdlen = UInt32(password.count)
                    unsafe context.salt = salt.baseAddress
                    unsafe context.saltlen = UInt32(salt.count)
                    unsafe context.m_cost = memory
                    unsafe context.t_cost = passes
                    unsafe context.lanes = lanes
                    // The caller limits how many hashes run at once, so libargon2 gets no threads of its own.
                    unsafe context.threads = 1
                    unsafe context.version = version
                    return unsafe argon2_ctx(&context, variant)
                }
            }
        }
        guard code == ARGON2_OK.rawValue else { throw .outOfMemory }
        return tag
    }

    private static func number(_ text: some StringProtocol) -> UInt32? {
        // No sign, no leading zero (PHC string format, "decimal").
        guard let first = text.utf8.first, first != UInt8(ascii: "0") || text.utf8.count == 1,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return UInt32(text)
    }
}
