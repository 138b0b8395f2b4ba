#if !hasFeature(Embedded)
    package import Bytes
#endif

/// What Dovecot 2.3 writes on descriptor 3: `user NUL password NUL timestamp NUL` (src/auth/db-checkpassword.c;
/// cr.yp.to/checkpwd/interface.html).
///
/// Takes bytes as they arrive. The request ends with its third NUL, not with the end of the pipe: a sibling process may
/// have inherited the other end and keep it open.
package struct CheckpasswordRequest {
    /// Bytes in all (CHECKPASSWORD_MAX_REQUEST_LEN).
    package static let maxLength = 512

    /// The state of the request after the bytes so far.
    package enum Progress: Equatable {
        case incomplete
        case complete
        /// More bytes than a request can have.
        case malformed
    }

    private var bytes: [UInt8] = []
    private var terminators: [Int] = []

    /// An empty request.
    package init() { bytes.reserveCapacity(Self.maxLength) }

    /// Takes bytes that were read. Those after the third NUL are ignored.
    package mutating func receive(_ more: ArraySlice<UInt8>) -> Progress {
        for byte in more where terminators.count < 3 {
            guard bytes.count < Self.maxLength else { return .malformed }
            if byte == 0 { terminators.append(bytes.count) }
            bytes.append(byte)
        }
        return terminators.count == 3 ? .complete : .incomplete
    }

    /// What was received of a request that is not complete.
    package var received: [UInt8] { bytes }

    /// The user name of a complete request.
    package var userName: [UInt8] { field(0) }

    /// Hands over the password of a complete request and wipes the request; read `userName` before.
    package mutating func takePassword() -> Secret {
        var password = field(1)
        wipe(&bytes)
        terminators = []
        return Secret(wiping: &password)
    }

    private func field(_ index: Int) -> [UInt8] {
        guard terminators.count == 3 else { return [] }
        let start = index == 0 ? 0 : terminators[index - 1] + 1
        return Array(bytes[start..<terminators[index]])
    }
}
