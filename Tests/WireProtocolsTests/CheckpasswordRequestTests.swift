import Bytes
import Testing
import WireProtocols

struct CheckpasswordRequestTests {
    private func receive(_ text: String) -> (CheckpasswordRequest.Progress, CheckpasswordRequest) {
        var request = CheckpasswordRequest()
        return (request.receive(Array(text.utf8)[...]), request)
    }

    private func bytes(_ secret: borrowing Secret) -> [UInt8] { secret.withBytes { Array($0) } }

    @Test func completeAtTheThirdNUL() {
        var (progress, request) = receive("alice\0secret\0\0")
        #expect(progress == .complete)
        #expect(request.userName == Array("alice".utf8))
        #expect(bytes(request.takePassword()) == Array("secret".utf8))
        #expect(request.userName.isEmpty)
    }

    @Test func byteByByte() {
        var request = CheckpasswordRequest()
        let bytes = Array("alice\0secret\0time\0".utf8)
        for byte in bytes.dropLast() { #expect(request.receive([byte]) == .incomplete) }
        #expect(request.receive([0]) == .complete)
        #expect(self.bytes(request.takePassword()) == Array("secret".utf8))
    }

    @Test(arguments: ["", "alice", "alice\0", "alice\0secret\0", "alice\0secret\0timestamp"])
    func incomplete(_ text: String) {
        #expect(receive(text).0 == .incomplete)
    }

    @Test func emptyFields() {
        var (progress, request) = receive("\0\0\0")
        #expect(progress == .complete && request.userName.isEmpty)
        #expect(bytes(request.takePassword()).isEmpty)
    }

    @Test func trailingBytesAreNotLookedAt() {
        let (progress, request) = receive("alice\0secret\0\0" + String(repeating: "x", count: 600))
        #expect(progress == .complete && request.userName == Array("alice".utf8))
    }

    @Test func tooLong() {
        #expect(receive(String(repeating: "x", count: 512)).0 == .incomplete)
        #expect(receive(String(repeating: "x", count: 513)).0 == .malformed)
        #expect(receive(String(repeating: "x", count: 509) + "\0\0\0").0 == .complete)
    }

    @Test func anyBytesInAnyPieces() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var request = CheckpasswordRequest()
            for _ in 0..<4 {
                let piece = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                    UInt8.random(in: 0...3, using: &generator) == 0 ? 0 : UInt8.random(in: 0...255, using: &generator)
                }
                if request.receive(piece[...]) == .complete { break }
            }
            _ = request.userName
            _ = request.takePassword()
        }
    }
}

struct CheckpasswordReplyTests {
    @Test func fieldsAreTabEscaped() {
        let bytes = CheckpasswordReply.encode([
            ("user", Array("alice".utf8)), ("userdb_home", Array("/a\tb\nc\rd\u{1}e\0f".utf8)),
        ])
        #expect(bytes == Array("user=alice\tuserdb_home=/a\u{1}tb\u{1}nc\u{1}rd\u{1}1e\u{1}0f\t".utf8))
    }
}

struct CheckpasswordEnvironmentTests {
    private func environment(_ values: [String: String]) -> CheckpasswordEnvironment {
        CheckpasswordEnvironment { name in values[name].map { Array($0.utf8) } }
    }

    @Test func verification() {
        let found = environment([
            "SERVICE": "imap", "TCPREMOTEIP": "192.0.2.7", "AUTH_SESSION": "abc", "MASTER_USER": "",
        ])
        #expect(found.mode == .verify && found.service == "imap" && found.remoteAddress == "192.0.2.7")
        #expect(found.session == Array("abc".utf8) && found.masterUser == nil)
    }

    @Test func lookUps() {
        #expect(environment(["AUTHORIZED": "1"]).mode == .lookUp)
        #expect(environment(["AUTHORIZED": "1", "CREDENTIALS_LOOKUP": "1", "SCHEME": ""]).mode == .lookUp)
        #expect(environment(["CREDENTIALS_LOOKUP": "1"]).mode == .lookUp)
    }

    @Test func nothingKnown() {
        let found = environment([:])
        #expect(found.service.isEmpty && found.remoteAddress.isEmpty && found.session == nil)
    }
}
