import Authentication
import Credentials
import Logging
import WireProtocols

/// Postfix's policy delegation: whether who signed in may send this message.
final class PolicyConversation: Conversation {
    static let longestLine = PolicyRequest.longestLine

    let greeting: [UInt8] = []
    private let responder: Responder
    private var request = PolicyRequest()

    init(_ responder: Responder) { self.responder = responder }

    func receive(_ line: ArraySlice<UInt8>, on connection: ConnectionHandler) -> Bool {
        do throws(PolicyRequest.Malformed) {
            guard try request.receive(line) else { return true }
        } catch {
            responder.backend.logger.debug("policy request: \(error.what)")
            return false
        }
        let complete = request
        request = PolicyRequest()
        connection.began()
        responder.lookUp { [self] store in
            do throws(StoreError) {
                connection.send(try reply(to: complete, try store.get()).encoded)
            } catch {
                // Postfix asks again, then answers as its configuration says: with a temporary error.
                responder.backend.logger.error("policy request failed: \(error.explanation)")
                connection.close()
            }
            connection.ended()
        }
        return true
    }

    private func reply(to request: PolicyRequest, _ store: Store) throws(StoreError) -> PolicyReply {
        let userName = request.bytes("sasl_username")
        guard !userName.isEmpty else { return .dunno }
        let submission = Submission(
            userName: userName, address: IPAddress(request["client_address"]),
            envelopeSender: request.bytes("sender"), isEncrypted: !request["encryption_protocol"].isEmpty,
            port: request["server_port"])
        let backend = responder.backend
        let recent = backend.judge.accountName(userName).map {
            backend.signIns.recentSMTP($0, from: submission.address)
        }
        guard let refusal = try backend.judge.refusal(of: submission, store, recent: recent ?? []) else {
            return .dunno
        }
        backend.logger.notice(
            "submission refused: \(refusal.rawValue)",
            metadata: [
                "user": "\(LogText.encode(userName))", "address": "\(submission.address?.description ?? "-")",
                "sender": "\(LogText.encode(submission.envelopeSender))",
            ])
        switch refusal {
        case .notEncrypted: return .reject("Encryption is needed before a message can be sent")
        case .relayPort: return .reject("Messages are not submitted on this port")
        case .noAccount, .disabled, .signInInvalid: return .reject("The sign-in is not valid any more; sign in again")
        case .foreignSender: return .notOwner("not owned by the user who signed in")
        }
    }
}
