import Authentication
import Bytes
import Credentials
import WireProtocols

/// Reads the requests that most are: one message of PLAIN for a mail service, and nothing besides. In buffers that are used
/// again, and wiped.
final class PlainReader {
    struct Reading {
        let verifier: Verifier
        /// As it was given.
        let userName: ArraySlice<UInt8>
        let service: Service
        let address: IPAddress?
        /// Nil for an empty one, too.
        let session: ArraySlice<UInt8>?
    }

    /// Bytes of a message; longer ones have no app password in them.
    private static let longestMessage = 1024

    private let reader: VerifierReader
    private var message: [UInt8] = []

    init(_ judge: Judge) {
        reader = judge.makeVerifierReader()
        message.reserveCapacity(Self.longestMessage)
    }

    /// Nil for all others.
    func read(_ request: DovecotAuthRequest) -> Reading? {
        guard let response = request.response, response.count / 4 * 3 < Self.longestMessage, !request.hasEscapes,
            request.mechanism.equals("PLAIN"), request.code == nil, request.masterUser == nil,
            !request.wantsAppPassword, request.session.map({ $0.count <= DovecotAuthParameters.longest }) ?? true,
            let name = request.service, let service = Service(channelName: String(decoding: name, as: UTF8.self))
        else { return nil }
        defer { wipeKeepingCapacity(&message) }
        guard Base64.decode(response, into: &message),
            let (identity, userName, secret) = unsafe message.withUnsafeBytes({ unsafe SASLExchange.split($0) }),
            identity.isEmpty, let verifier = reader.read(message[userName], message[secret])
        else { return nil }
        let address = request.remoteAddress.flatMap { IPAddress(String(decoding: $0, as: UTF8.self)) }
        // Not a slice of the message, which is wiped.
        return Reading(
            verifier: verifier, userName: Array(message[userName])[...], service: service, address: address,
            session: request.session.flatMap { $0.isEmpty ? nil : $0 })
    }
}
