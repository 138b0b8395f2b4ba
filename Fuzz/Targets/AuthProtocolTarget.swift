import Authentication
import Bytes
import Credentials
import WireProtocols

/// The state of the protocol in which the fuzzer's bytes arrive.
enum AuthProtocolState: String, CaseIterable {
    case before, after
    /// Inside a LOGIN exchange.
    case login
    /// With requests in flight.
    case open

    var opening: String {
        let handshake = "VERSION\t1\t2\nCPID\t7\n"
        return switch self {
        case .before: ""
        case .after: handshake
        case .login:
            handshake
                + "AUTH\t1\tLOGIN\tservice=smtp\tsession=s\nAUTH\t2\tLOGIN\tservice=web\tcode=123456\nCONT\t2\tYg==\n"
        case .open:
            handshake + (1...3).map { "AUTH\t\($0)\tPLAIN\tservice=imap\trip=192.0.2.7\tresp=AGIAYw==\n" }.joined()
        }
    }
}

/// Fuzzes both sides: how the server reads a client's bytes, and what it answers.
func fuzzAuthProtocol(_ input: [UInt8], _ state: AuthProtocolState) {
    var lines = LineBuffer(maxLineLength: DovecotAuth.maxLineLength)
    var session = DovecotAuthSession()
    var open: [UInt32] = []
    var attempts = input.count
    var isOpened = false
    func take(_ line: ArraySlice<UInt8>) -> Bool {
        do throws(DovecotAuth.Malformed) {
            switch try session.receive(line, second: Int64(attempts)) {
            case .nothing: break
            case .reply(let bytes): Peers.checkAuthReply(bytes)
            case .malformed(let id, let parameters, _):
                open.append(id)
                _ = parameters.masterUser
            case .list(let id, let name):
                open.append(id)
                guard let name = AccountName(name)?.text else { return true }
                Peers.checkAuthReply(DovecotAuthReply.list(id: id, names: [name]))
            case .attempt(let id, let parameters, let credentials):
                attempts += 1
                open.append(id)
                let (identity, userName) = (credentials.authorizationIdentity, credentials.userName)
                let attempt = Attempt(
                    userName: userName, authorizationIdentity: identity, secret: credentials.takeSecret(),
                    code: parameters.code.copy(), service: parameters.service,
                    address: IPAddress(parameters.remoteAddress), session: parameters.session)
                if isOpened { checkLog(Outcomes.all[attempts % Outcomes.all.count], attempt) }
            case .lookUp(let id, let userName):
                open.append(id)
                // Only a valid name can be an account's.
                guard let name = AccountName(userName)?.text else { return true }
                Peers.checkAuthReply(DovecotAuthReply.user(id: id, name: name, [(key: "home", value: "/m/" + name)]))
            case .signOut(let id, let userName, _):
                open.append(id)
                _ = AccountName(userName)
            }
            return true
        } catch {
            return false
        }
    }
    var opening = Array(state.opening.utf8)
    expect(lines.receive(&opening, take), "the opening is refused")
    isOpened = true
    // In two pieces; the first byte says where to cut.
    let cut = min(input.count, Int(input.first ?? 0))
    for piece in [input[..<cut], input[cut...]] {
        var bytes = Array(piece)
        guard lines.receive(&bytes, take) else { break }
    }
    // A name that an operator or an importer could have stored.
    let name = "x" + String(decoding: input.prefix(256), as: UTF8.self)
    for id in open where session.answer(id) {
        Peers.checkAuthReply(DovecotAuthReply.ok(id: id, [(key: "user", value: name)]))
        Peers.checkAuthReply(DovecotAuthReply.fail(id: id, userName: name))
        Peers.checkAuthReply(DovecotAuthReply.fail(id: id, userName: nil, isTemporary: true))
        Peers.checkAuthReply(DovecotAuthReply.userNotFound(id: id))
    }
    // The client reads bytes that a server could send.
    for line in input.split(separator: 0x0a) {
        _ = DovecotAuthClient.answer(line)
        _ = DovecotAuthClient.lookUpAnswer(line)
    }
}
