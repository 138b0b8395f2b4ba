import Bytes
import Testing

@testable import WireProtocols

struct LineBufferTests {
    private func lines(_ pieces: [String], longest: Int = 8) -> (lines: [String], isRegular: Bool, isInLine: Bool) {
        var buffer = LineBuffer(maxLineLength: longest)
        var found: [String] = []
        var isRegular = true
        for piece in pieces where isRegular {
            var bytes = Array(piece.utf8)
            isRegular = buffer.receive(&bytes) { line in
                found.append(String(decoding: line, as: UTF8.self))
                return line.first != UInt8(ascii: "!")
            }
            #expect(bytes.isEmpty)
        }
        return (found, isRegular, buffer.isInLine)
    }

    @Test func cutsAtLineFeeds() {
        #expect(lines(["a\nb", "c\n", "\n", "d"]) == (["a", "bc", ""], true, true))
        #expect(lines(["12345678\n"]) == (["12345678"], true, false))
        #expect(lines(["1234", "5678", "\n"]).lines == ["12345678"])
    }

    @Test func tooLong() {
        #expect(lines(["123456789"]) == ([], false, false))
        #expect(lines(["123456789\n"]) == ([], false, false))
        #expect(lines(["a\n12345678", "9"]).isRegular == false)
    }

    @Test func stopsWhenTold() {
        #expect(lines(["a\n!\nb\n"]) == (["a", "!"], false, false))
    }
}

struct DovecotAuthSessionTests {
    private func line(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    private func introduced(minor: Int = 2) throws -> DovecotAuthSession {
        var session = DovecotAuthSession()
        _ = try session.receive(line("VERSION\t1\t\(minor)"), second: 0)
        _ = try session.receive(line("CPID\t7"), second: 0)
        return session
    }

    /// The event, in words.
    private func receive(_ session: inout DovecotAuthSession, _ text: String, second: Int64 = 0) throws -> String {
        switch try session.receive(line(text), second: second) {
        case .nothing: "nothing"
        case .reply(let bytes): "reply " + String(decoding: bytes, as: UTF8.self)
        case .attempt(let id, let parameters, let credentials):
            "attempt \(id) \(parameters.service) \(parameters.remoteAddress) "
                + String(decoding: credentials.authorizationIdentity, as: UTF8.self) + ":"
                + String(decoding: credentials.userName, as: UTF8.self) + ":"
                + credentials.takeSecret().withBytes { String(decoding: $0, as: UTF8.self) }
        case .malformed(let id, _, let problem): "malformed \(id): \(problem)"
        case .list(let id, let name): "list \(id) after " + String(decoding: name, as: UTF8.self)
        case .lookUp(let id, let name): "look up \(id) " + String(decoding: name, as: UTF8.self)
        case .signOut(let id, let name, let session):
            "sign out \(id) " + String(decoding: name, as: UTF8.self) + " " + String(decoding: session, as: UTF8.self)
        }
    }

    @Test func webmail() throws {
        var session = try introduced()
        let text = "AUTH\t1\tPLAIN\tservice=web\tsession=s\tcode=12\u{1}t3\tapp-password\tresp=AGIAYw=="
        guard case .attempt(_, let parameters, let credentials) = try session.receive(line(text), second: 0) else {
            throw TestError()
        }
        _ = credentials.takeSecret()
        let code = parameters.code.copy().withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(code == "12\t3" && parameters.wantsAppPassword)
        // The next request does not inherit these parameters.
        let plain = "AUTH\t2\tPLAIN\tservice=web\tresp=AGIAYw=="
        guard case .attempt(_, let none, let others) = try session.receive(line(plain), second: 0) else {
            throw TestError()
        }
        _ = others.takeSecret()
        #expect(none.code.isEmpty && !none.wantsAppPassword)
        #expect(try receive(&session, "SIGNOUT\t3\ta@b\ts\u{1}n1") == "sign out 3 a@b s\n1")
        let isOpen = session.answer(3)
        #expect(isOpen)
        for malformed in [
            "SIGNOUT", "SIGNOUT\t4", "SIGNOUT\t4\ta", "SIGNOUT\t4\ta\t", "SIGNOUT\t0\ta\tb", "SIGNOUT\t4\ta\t\u{1}",
        ] {
            #expect(throws: DovecotAuth.Malformed.self) { _ = try receive(&session, malformed) }
        }
        var early = DovecotAuthSession()
        _ = try early.receive(line("VERSION\t1\t2"), second: 0)
        #expect(throws: DovecotAuth.Malformed.self) { _ = try receive(&early, "SIGNOUT\t4\ta\tb") }
    }

    private struct TestError: Error {}

    @Test func attempts() throws {
        var session = try introduced()
        #expect(
            try receive(&session, "AUTH\t1\tPLAIN\tservice=imap\trip=192.0.2.7\tresp=YQBiAGM=")
                == "attempt 1 imap 192.0.2.7 a:b:c")
        #expect(try receive(&session, "AUTH\t2\tplain\tprotocol=pop3\tresp=AGIA") == "attempt 2 pop3  :b:")
        #expect(try receive(&session, "AUTH\t3\tLOGIN\tservice=a\u{1}tb") == "reply CONT\t3\tVXNlcm5hbWU6\n")
        #expect(try receive(&session, "CONT\t3\tYg==") == "reply CONT\t3\tUGFzc3dvcmQ6\n")
        #expect(try receive(&session, "CONT\t3\tYw==") == "attempt 3 a\tb  :b:c")
        #expect(try receive(&session, "USER\t4\ta\u{1}tb\tservice=x") == "look up 4 a\tb")
        let answers = [1, 3, 3, 77].map { session.answer($0) }
        #expect(answers == [true, true, false, false])
    }

    /// A cancelled request stays open until its work has ended; its id cannot be used meanwhile.
    @Test func cancelled() throws {
        var session = try introduced()
        _ = try receive(&session, "AUTH\t1\tPLAIN\tresp=AGIAYw==")
        #expect(try receive(&session, "CANCEL\t1") == "nothing")
        #expect(throws: DovecotAuth.Malformed(what: "a request id twice")) {
            try receive(&session, "AUTH\t1\tPLAIN\tresp=AGIAYw==")
        }
        let withdrawn = session.answer(1)
        #expect(!withdrawn)
        #expect(try receive(&session, "AUTH\t1\tPLAIN\tresp=AGIAYw==") == "attempt 1   :b:c")
        let answered = session.answer(1)
        #expect(answered)
        // No work was begun for this one yet.
        _ = try receive(&session, "AUTH\t2\tLOGIN")
        #expect(try receive(&session, "CANCEL\t2") == "nothing")
        #expect(try receive(&session, "CONT\t2\tYg==") == "nothing")
        #expect(try receive(&session, "AUTH\t2\tLOGIN") == "reply CONT\t2\tVXNlcm5hbWU6\n")
    }

    /// A bad response is denied once, however often it is sent.
    @Test func badResponseAgain() throws {
        var session = try introduced()
        _ = try receive(&session, "AUTH\t1\tLOGIN")
        #expect(try receive(&session, "CONT\t1\t*") == "malformed 1: not base64")
        #expect(try receive(&session, "CONT\t1\t*") == "nothing")
        let answered = session.answer(1)
        #expect(answered)
    }

    @Test func openRequestsAreBounded() throws {
        var session = try introduced()
        for id in 1...DovecotAuthSession.maxOpen { _ = try receive(&session, "AUTH\t\(id)\tPLAIN\tresp=AGIAYw==") }
        for id in 1...DovecotAuthSession.maxOpen { _ = try receive(&session, "CANCEL\t\(id)") }
        #expect(throws: DovecotAuth.Malformed(what: "too many open requests")) {
            try receive(&session, "AUTH\t99999\tLOGIN")
        }
    }

    /// Postfix does not report an exchange that its client gave up: the oldest one makes room, and all of them time
    /// out.
    @Test func abandonedExchanges() throws {
        var session = try introduced()
        let most = DovecotAuthSession.maxOpen
        for id in 1...(most * 3) { _ = try receive(&session, "AUTH\t\(id)\tLOGIN") }
        #expect(try receive(&session, "CONT\t\(most)\tYg==") == "nothing")
        #expect(try receive(&session, "CONT\t\(most * 3)\tYg==") == "reply CONT\t\(most * 3)\tUGFzc3dvcmQ6\n")
        // Requests in flight do not make room.
        _ = try receive(&session, "AUTH\t90001\tPLAIN\tresp=AGIAYw==")
        for id in 100_000...(100_000 + most) { _ = try receive(&session, "AUTH\t\(id)\tLOGIN") }
        let isOpen = session.answer(90_001)
        #expect(isOpen)
        let late = DovecotAuthSession.maxExchangeTime + 1
        _ = try receive(&session, "AUTH\t200000\tLOGIN", second: late)
        #expect(try receive(&session, "CONT\t\(100_000 + most)\tYg==", second: late) == "nothing")
        #expect(try receive(&session, "CONT\t200000\tYg==", second: late) == "reply CONT\t200000\tUGFzc3dvcmQ6\n")
    }

    /// Exchanges that are begun and withdrawn again and again take no more memory.
    @Test func withdrawnExchanges() throws {
        var session = try introduced()
        for id in 1...20_000 {
            _ = try receive(&session, "AUTH\t\(id)\tLOGIN")
            _ = try receive(&session, "CANCEL\t\(id)")
        }
        #expect(session.exchanges.count <= 2 * DovecotAuthSession.maxOpen)
    }

    @Test func malformedExchanges() throws {
        var session = try introduced()
        let cases = [
            ("PLAIN\tresp=%", "not base64"), ("PLAIN\tresp=YQ==", "not a message of PLAIN"),
            ("PLAIN\tresp=AGIAYwBk", "not a message of PLAIN"), ("CRAM-MD5", "a mechanism that is not offered"),
        ]
        for (index, (text, problem)) in cases.enumerated() {
            #expect(try receive(&session, "AUTH\t\(index + 1)\t\(text)") == "malformed \(index + 1): \(problem)")
        }
        #expect(try receive(&session, "LIST\t9\ta\u{1}tb") == "list 9 after a\tb")
        #expect(throws: DovecotAuth.Malformed.self) { try receive(&session, "LIST\t10") }
        let plain = "AUTH\t11\tPLAIN\tmaster-user=boss\u{1}t\tresp=AGIAYw=="
        guard case .attempt(_, let parameters, let credentials) = try session.receive(line(plain), second: 0) else {
            throw TestError()
        }
        _ = credentials.takeSecret()
        #expect(parameters.masterUser == Array("boss\t".utf8))
    }

    @Test func anyLines() throws {
        var generator = SystemRandomNumberGenerator()
        let words = [
            "AUTH", "CONT", "CANCEL", "USER", "LIST", "VERSION", "CPID", "\t", "\t1", "\tPLAIN", "\tLOGIN", "\tresp=",
            "AGIAYw==", "\u{1}", "=",
        ]
        for _ in 0..<20_000 {
            var session = try introduced(minor: Int.random(in: 0...3, using: &generator))
            for _ in 0..<4 {
                let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                    words.randomElement(using: &generator) ?? ""
                }.joined()
                do { _ = try receive(&session, text) } catch { break }
            }
        }
    }
}

struct PolicyRequestTests {
    private func read(_ lines: [String]) throws -> PolicyRequest {
        var request = PolicyRequest()
        for text in lines { #expect(try request.receive(Array(text.utf8)[...]) == text.isEmpty) }
        return request
    }

    @Test func attributes() throws {
        let request = try read(["request=smtpd_access_policy", "sender=a=b", "stress=", ""])
        #expect(request["sender"] == "a=b" && request["stress"] == "" && request["missing"] == "")
    }

    @Test func isBounded() {
        let many = (0..<200).map { "a\($0)=b" }
        #expect(throws: PolicyRequest.Malformed(what: "too many attributes")) { try read(many) }
        let long = (0..<10).map { "a\($0)=" + String(repeating: "x", count: 10_000) }
        #expect(throws: PolicyRequest.Malformed(what: "too many attributes")) { try read(long) }
    }

    @Test func repliesArePrintable() {
        #expect(String(decoding: PolicyReply.dunno.encoded, as: UTF8.self) == "action=DUNNO\n\n")
        let reply = String(decoding: PolicyReply.reject("a\nb\u{7f}é").encoded, as: UTF8.self)
        #expect(reply == "action=REJECT 5.7.1 a?b???\n\n")
    }
}

struct DovecotAuthClientTests {
    private func text(_ fields: DovecotAuthClient.Fields) -> String {
        fields.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }.joined(separator: " ")
    }

    /// Answers to a sign-in and to a look-up; nil for lines that are none.
    private static let answers: [(String, signIn: String?, lookUp: String?)] = [
        ("OK\t1\tuser=a\tuserdb_home=/x\u{1}ty", "granted user=a userdb_home=/x\ty", nil),
        ("FAIL\t1\tuser=a", "denied", "unavailable"), ("FAIL\t1", "denied", "unavailable"),
        ("FAIL\t1\tuser=a\tcode=temp_fail", "unavailable", "unavailable"),
        // An answer without a user name grants nothing.
        ("OK\t1", "unavailable", nil), ("OK\t1\tuserdb_uid=0", "unavailable", nil),
        ("OK\t1\tuser=a\tx", "unavailable", nil), ("OK\t1\tuser=a\u{1}x", "unavailable", nil),
        ("USER\t1\to\u{1}tb\tuid=7\thome=/x\u{1}ty", nil, "found o\tb uid=7 home=/x\ty"),
        ("USER\t1\tbob", nil, "found bob "), ("NOTFOUND\t1", nil, "not found"),
        ("USER\t1", nil, "unavailable"), ("USER\t1\ta\u{1}x", nil, "unavailable"),
        ("USER\t1\ta\tuid", nil, "unavailable"),
        ("VERSION\t1\t2", nil, nil), ("DONE", nil, nil), ("OK\t2\tuser=a", nil, nil), ("FAIL", nil, nil),
        ("", nil, nil),
        ("USER\t2\tbob", nil, nil), ("NOTFOUND\t11", nil, nil),
    ]

    @Test(arguments: answers)
    func answer(_ line: String, _ signIn: String?, _ lookUp: String?) {
        let bytes = Array(line.utf8)[...]
        let answer: String? = DovecotAuthClient.answer(bytes).map {
            switch $0 {
            case .granted(let fields): "granted " + text(fields)
            case .denied: "denied"
            case .unavailable: "unavailable"
            }
        }
        #expect(answer == signIn)
        let found: String? = DovecotAuthClient.lookUpAnswer(bytes).map {
            switch $0 {
            case .found(let name, let fields): "found \(String(decoding: name, as: UTF8.self)) " + text(fields)
            case .notFound: "not found"
            case .unavailable: "unavailable"
            }
        }
        #expect(found == lookUp)
    }

    @Test func lookUpIsRead() throws {
        var session = DovecotAuthSession()
        var asked: [String] = []
        let question = DovecotAuthClient.lookUp(userName: Array("o\tb".utf8))
        for line in question.withBytes({ Array($0) }).split(separator: 0x0a) {
            if case .lookUp(let id, let name) = try session.receive(line, second: 0) {
                asked.append("\(id) \(String(decoding: name, as: UTF8.self))")
            }
        }
        #expect(asked == ["1 o\tb"])
    }

    /// The server reads what the client sends.
    @Test func requestIsRead() throws {
        let secret = Secret(Array("p\u{e4}ss word".utf8))
        let request = DovecotAuthClient.request(
            userName: Array("alice".utf8), secret: secret, service: "im\tap", remoteAddress: "2001:db8::7",
            session: [0x41, 0x09, 0x0a])
        var session = DovecotAuthSession()
        var found = ""
        for line in request.withBytes({ Array($0) }).split(separator: 0x0a) {
            guard case .attempt(let id, let parameters, let credentials) = try session.receive(line, second: 0) else {
                continue
            }
            found =
                "\(id) \(parameters.service) \(parameters.remoteAddress) \(parameters.session ?? []) "
                + String(decoding: credentials.userName, as: UTF8.self)
            let isSame = credentials.takeSecret().equals(secret)
            #expect(isSame)
        }
        #expect(found == "1 im\tap 2001:db8::7 [65, 9, 10] alice")
    }
}
