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
    /// A request had no answer: an answer to a later one would be taken for its.
    private var hasFailed = false

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
        answer(complete, on: connection)
        return true
    }

    private func answer(_ request: PolicyRequest, on connection: ConnectionHandler) {
        let userName = request.bytes("sasl_username")
        let submission = Submission(
            userName: userName, address: IPAddress(request["client_address"]),
            envelopeSender: request.bytes("sender"), isEncrypted: !request["encryption_protocol"].isEmpty,
            port: request["server_port"], context: request["policy_context"])
        let backend = responder.backend
        // Before the store is read: what is written in between is seen twice, and not never.
        let recent = backend.judge.accountName(userName).map { name in
            // It may be stored as it was typed.
            ([name] + [name.spelling].compactMap { $0.map { AccountName(stored: $0) } }).flatMap {
                backend.signIns.recentSMTP($0, from: submission.address)
            }
        }
        connection.began()
        func answer(_ refusal: SubmissionRefusal?) {
            if !hasFailed { connection.send((refusal.map { reply($0, submission) } ?? .dunno).encoded) }
            connection.ended()
        }
        // Answers leave in the order of the requests: what asks nothing waits for its turn.
        guard !userName.isEmpty else { return responder.lookUp(.nothing { answer(nil) }) }
        switch backend.judge.begin(submission, recent: recent ?? []) {
        case .refuse(let refusal): responder.lookUp(.nothing { answer(refusal) })
        case .ask(let question):
            responder.lookUp(
                .sender(question) { [self] result in
                    switch result {
                    case .success(let found): answer(backend.judge.refusal(of: submission, found))
                    case .failure(let error):
                        // Postfix asks again, then answers as its configuration says: with a temporary error.
                        backend.logger.error("policy request failed: \(error.explanation)")
                        hasFailed = true
                        connection.end()
                        connection.ended()
                    }
                })
        }
    }

    private func reply(_ refusal: SubmissionRefusal, _ submission: Submission) -> PolicyReply {
        responder.backend.logger.notice(
            "submission refused: \(refusal.rawValue)",
            metadata: [
                "user": "\(LogText.encode(submission.userName))",
                "address": "\(submission.address?.description ?? "-")",
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
