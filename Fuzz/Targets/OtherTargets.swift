import Authentication
import Bytes
import Credentials
import WireProtocols

func fuzzPolicy(_ input: [UInt8]) {
    var lines = LineBuffer(maxLineLength: PolicyRequest.maxLineLength)
    var request = PolicyRequest()
    var bytes = input
    _ = lines.receive(&bytes) { line in
        do throws(PolicyRequest.Malformed) {
            guard try request.receive(line) else { return true }
            let sender = request["sender"]
            Peers.checkPolicyReply(PolicyReply.reject(sender).encoded)
            Peers.checkPolicyReply(PolicyReply.notOwner(request["sasl_username"]).encoded)
            _ = AccountName(request.bytes("sasl_username"))
            _ = IPAddress(request["client_address"])
            request = PolicyRequest()
            return true
        } catch {
            return false
        }
    }
}

/// A request comes out as it went in, and a reply has no more lines than it should.
func fuzzAccount(_ input: [UInt8]) {
    var lines = LineBuffer(maxLineLength: AccountRequest.maxLineLength)
    var bytes = input
    _ = lines.receive(&bytes) { line in
        do throws(AccountRequest.Malformed) {
            let request = try AccountRequest(line)
            for name in ["token", "form", "user", "name", "services"] {
                let value = request.bytes(name)
                let copy = request.secret(name)
                expect(unsafe copy.withBytes { unsafe Array($0) } == value, "a secret differs from its bytes")
                var reply = AccountReply()
                reply.row("row", [("value", request[name]), ("none", nil)])
                let ended = reply.end(ok: [("value", request[name])], "secret", copy)
                let text = unsafe ended.withBytes { unsafe Array($0) }
                expect(text.count(where: { $0 == 0x0a }) == 2, "a value made a line of its own")
                expect(text.last == 0x0a, "a reply without an end")
                let encoded = TabEscape.encode(value)
                expect(TabEscape.decode(encoded[...]).map { Array($0) } == value, "not what was escaped")
            }
            _ = request.words("networks").map { CIDR($0) }
            _ = IPAddress(request["address"])
            return true
        } catch {
            return false
        }
    }
}

func fuzzCheckpassword(_ input: [UInt8]) {
    var request = CheckpasswordRequest()
    let cut = min(input.count, Int(input.first ?? 0))
    for piece in [input[..<cut], input[cut...]] where request.receive(piece) == .complete { break }
    let userName = request.userName
    let secret = request.takePassword()
    expect(userName.count + secret.count < CheckpasswordRequest.maxLength, "too long a request")
    // The client chooses parts of the environment.
    let environment = CheckpasswordEnvironment { name in name.utf8.count % 2 == 0 ? nil : input }
    Peers.checkCheckpasswordReply(CheckpasswordReply.encode([(key: "user", value: input)]))
    let attempt = Attempt(
        userName: userName, secret: secret, service: environment.service,
        address: IPAddress(environment.remoteAddress), session: environment.session)
    checkLog(Outcomes.all[input.count % Outcomes.all.count], attempt)
}

/// What postern-checkpassword reads is what everything else reads, wherever that can be used; but for a path that is not
/// ASCII, which it leaves to others.
private func checkSocketSetting(_ input: [UInt8]) {
    let socket = SocketSetting.path(in: input)
    if let configuration = try? ConfigurationFile.parse(input, name: "fuzz") {
        let path = configuration.dovecotSocket
        expect(socket == (path.isEmpty || !path.utf8.allSatisfy { $0 < 0x80 } ? nil : path), "socket of \(input)")
    } else if let socket {
        // A mistake elsewhere.
        let alone = try? ConfigurationFile.parse(Array("dovecot_socket = \(socket)\n".utf8), name: "alone")
        expect(alone?.dovecotSocket == socket, "socket of \(input)")
    }
}

func fuzzConfiguration(_ input: [UInt8]) {
    checkSocketSetting(input)
    guard let configuration = try? ConfigurationFile.parse(input, name: "fuzz") else { return }
    for setting in Setting.all {
        guard let value = configuration[setting.name] else { fatalError("\(setting.name) has no value") }
        // A setting that is shown can be read again.
        let shown = "\(setting.name) = \(setting.text(of: value))\n"
        let again = try? ConfigurationFile.parse(Array(shown.utf8), name: "again")
        expect(again?[setting.name] == value, "\(shown)")
    }
    _ = (configuration.imapServer, configuration.trustedNetworks, configuration.webmailNetworks)
}

/// Only reads hashes: the cost of computing one is limited elsewhere.
func fuzzHash(_ input: [UInt8]) {
    guard let hash = try? PasswordHash(stored: String(decoding: input, as: UTF8.self), memoryLimit: 131_072) else {
        return
    }
    _ = hash.isOlder(thanMemory: 19_456, passes: 2)
    _ = hash.covers(Secret(input))
}

func fuzzAppPassword(_ input: [UInt8]) {
    switch AppPasswordText.read(Secret(input)) {
    case .generated(let text): checkCanonical(text)
    case .compact(let text): checkCanonical(text)
    case .mistyped: break
    case .other: break
    }
}

/// An app password can be typed as it is shown.
private func checkCanonical(_ text: borrowing Secret) {
    switch AppPasswordText.read(AppPasswordText.display(text)) {
    case .generated(let again): expect(again.equals(text), "not the same again")
    case .compact(let again): expect(again.equals(text), "not the same again")
    case .mistyped: fatalError("what is shown is mistyped")
    case .other: fatalError("what is shown is nothing")
    }
}

func fuzzNetwork(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    if let block = CIDR(text) {
        expect(CIDR(block.description).map { $0.description } == block.description, "block \(text)")
    }
    if let address = IPAddress(text) {
        expect(IPAddress(address.description) == address, "address \(text)")
        _ = Network(of: address).description
        _ = CIDR("2001:db8::/32")?.contains(address)
    }
    _ = Timestamp(iso8601: text)?.iso8601
    _ = Setting.seconds(text)
}

func fuzzOTPAuth(_ input: [UInt8]) {
    guard let name = AccountName(Array(input.dropFirst(TOTP.seedLength))) else { return }
    let uri = OTPAuth.uri(account: name, seed: Secret(Array(input.prefix(TOTP.seedLength))))
    expect(uri.allSatisfy { (0x21...0x7e).contains($0) }, "otpauth URI for \(name.text)")
    let marks = unsafe uri.withBytes { unsafe $0.count { $0 == UInt8(ascii: "?") } }
    expect(marks == 1, "otpauth URI for \(name.text)")
    // A code may have any length and any bytes.
    _ = TOTP.matchingStep(code: Secret(input), seed: Secret(input), at: Timestamp(Int64(input.count) << 32))
}

/// A client chooses user name, session and service; the address is parsed and printed again.
func fuzzLogLine(_ input: [UInt8]) {
    let pieces = input.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map { Array($0) }
    func piece(_ index: Int) -> [UInt8] { index < pieces.count ? pieces[index] : [] }
    let attempt = Attempt(
        userName: piece(0), secret: Secret([]), service: String(decoding: piece(1), as: UTF8.self),
        address: IPAddress(String(decoding: piece(2), as: UTF8.self)), session: piece(3))
    checkLog(Outcomes.all[input.count % Outcomes.all.count], attempt)
}
