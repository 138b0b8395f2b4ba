import TestSupport
import Testing

@testable import Portal

/// What a browser sends, and the proof that it sends it from a form of its session.
struct FormTests {
    @Test(arguments: [
        ("", []), ("a=1", ["1"]), ("a=1&a=2", ["1", "2"]), ("a=x+y%20z", ["x y z"]), ("a", [""]), ("a=", [""]),
        ("a=b=c", ["b=c"]), ("a=%C3%BC%e4%b8%ad", ["ü中"]), ("a=100%", ["100%"]), ("a=%4", ["%4"]), ("a=%zz", ["%zz"]),
        ("%61=1", ["1"]), ("&&a=1&", ["1"]), ("a=%00%0a%09", ["\0\n\t"]), ("a=%ff", []), ("b=1", []),
    ])
    func readsForms(_ body: String, _ values: [String]) {
        #expect(FormBody(Array(body.utf8)).texts("a") == values)
    }

    /// A password is taken byte by byte, whatever it is.
    @Test func passwordsMayHaveAnyByte() {
        let all = (0...255).map { UInt8($0) }
        let hex = Array("0123456789ABCDEF")
        let body = "p=" + all.map { "%\(hex[Int($0 >> 4)])\(hex[Int($0 & 15)])" }.joined()
        #expect(FormBody(Array(body.utf8)).bytes("p") == all)
    }

    @Test func anyBytesAreReadWithoutHarm() {
        let words = ["a=", "&", "%", "%4", "+", "=", "\0", "a"].map { Array($0.utf8) }
        for _ in 0..<2000 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40) {
                body += Bool.random() ? words.randomElement() ?? [] : [UInt8.random(in: 0...255)]
            }
            _ = FormBody(body).texts("a")
        }
    }

    @Test func tokenIsOfItsSessionAndPath() throws {
        let token = try #require(FormToken.make("session", "/new"))
        let nonce = try #require(FormToken.read(token, "session", "/new"))
        #expect(nonce.count == 16)
        #expect(FormToken.read(token, "other", "/new") == nil)
        #expect(FormToken.read(token, "session", "/password") == nil)
        #expect(FormToken.make("session", "/new") != token)
        for index in token.indices {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "0" ? "1" : "0")
            #expect(FormToken.read(changed, "session", "/new") == nil)
        }
        for wrong in ["", "x", "00", String(token.dropLast()), token + "00", token.uppercased() + "x"] {
            #expect(FormToken.read(wrong, "session", "/new") == nil, "\(wrong)")
        }
    }
}
