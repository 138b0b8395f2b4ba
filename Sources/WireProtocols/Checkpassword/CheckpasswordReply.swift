/// The answer of a checkpassword program to Dovecot 2.3: an exit status and, if the answer is yes, fields on descriptor
/// 4 (src/auth/passdb-checkpassword.c, userdb-checkpassword.c).
package enum CheckpasswordReply {
    /// The exit statuses, as checkpassword-reply and then Dovecot understand them.
    package enum ExitStatus: Int32, Sendable {
        /// Sign-in granted; at least one field must be on descriptor 4.
        case granted = 0
        case denied = 1
        /// Look-up: the user exists; fields are on descriptor 4.
        case found = 2
        /// Look-up: no such user.
        case notFound = 3
        /// An outage: neither yes nor no.
        case unavailable = 111
    }

    /// Encodes fields as `key=value`, each followed by a TAB, with the values escaped.
    package static func encode(_ fields: [(key: String, value: [UInt8])]) -> [UInt8] {
        fields.flatMap { Array("\($0.key)=".utf8) + TabEscape.encode($0.value) + [0x09] }
    }
}
