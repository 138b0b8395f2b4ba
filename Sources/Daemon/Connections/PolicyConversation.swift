import Authentication
import Credentials
import Logging
import WireProtocols

/// Postfix's policy delegation: decides whether a user who has signed in may send a message.
final class PolicyConversation: Conversation {
    static let maxLineLength = PolicyRequest.maxLineLength

    let greeting: [UInt8] = []
    let greetsAtOnce = true
    private let responder: Responder
    private var request = PolicyRequest()
    /// A request was not answered. Postfix would take the answer to a later request for the missing one.
    private var hasFailed = false

    init(_ responder: Responder) { self.responder = responder }

    func receive(_ line: ArraySlice<UInt8>, on connection: any ClientConnection) -> Bool {
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

    private func answer(_ request: PolicyRequest, on connection: any ClientConnection) {
        let userName = request.bytes("sasl_username")
        let submission = Submission(
            userName: userName, address: IPAddress(request["client_address"]),
            envelopeSender: request.bytes("sender"), isEncrypted: !request["encryption_protocol"].isEmpty,
            port: request["server_port"], context: request["policy_context"])
        let backend = responder.backend
        // Before the store is read: a sign-in that is written in between is found twice instead of not at all.
        let recent = backend.judge.accountName(userName).map { name in
            // The account may be stored under the name as it was typed.
            ([name] + [name.spelling].compactMap { $0.map { AccountName(stored: $0) } }).flatMap {
                backend.signIns.recentSMTP($0, from: submission.address)
            }
        }
        connection.began()
        func answer(_ refusal: SubmissionRefusal?) {
            if !hasFailed { connection.send((refusal.map { reply($0, submission) } ?? .dunno).encoded) }
            connection.didEnd()
        }
        // Answers must keep the order of the requests: even a request without a question waits for its turn.
        guard !userName.isEmpty else { return responder.lookUp(.nothing { answer(nil) }) }
        switch backend.judge.begin(submission, recent: recent ?? []) {
        case .refuse(let refusal): responder.lookUp(.nothing { answer(refusal) })
        case .ask(let question):
            responder.lookUp(
                .sender(question) { [self] result in
                    switch result {
                    case .success(let found): answer(backend.judge.refusal(of: submission, found))
                    case .failure(let error):
                        // Postfix asks again, then replies with a temporary error, as its configuration says.
                        backend.logger.error("policy request failed: \(error.explanation)")
                        hasFailed = true
                        connection.end()
                        connection.didEnd()
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
        case .notEncrypted: return .reject("Encryption is required to send messages")
        case .relayPort: return .reject("Messages cannot be submitted on this port")
        case .noAccount, .disabled, .signInInvalid: return .reject("The sign-in is no longer valid; sign in again")
        case .foreignSender: return .notOwner("not owned by the user who signed in")
        }
    }
}
