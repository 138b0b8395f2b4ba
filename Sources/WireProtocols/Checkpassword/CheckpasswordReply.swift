/// The answer of a checkpassword program to Dovecot 2.3: an exit status, and fields on descriptor 4 when it is yes
/// (src/auth/passdb-checkpassword.c, userdb-checkpassword.c).
package enum CheckpasswordReply {
    package enum ExitStatus: Int32, Sendable {
        /// Sign-in granted; at least one field must be on descriptor 4.
        case granted = 0
        case denied = 1
        /// Look-up: the user is there, fields on descriptor 4.
        case found = 2
        /// Look-up: no such user.
        case notFound = 3
        /// Anything that is no answer.
        case unavailable = 111
    }

    /// `key=value` with a TAB after each, values escaped.
    package static func encode(_ fields: [(key: String, value: [UInt8])]) -> [UInt8] {
        fields.flatMap { Array("\($0.key)=".utf8) + TabEscape.encode($0.value) + [0x09] }
    }
}
