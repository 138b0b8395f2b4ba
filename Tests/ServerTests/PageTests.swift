import Foundation
import TestSupport
import Testing

/// The page behind real web servers, in a real browser. The scripts are in `Tests/Portal`; `make page` looks at all
/// languages and kinds of display.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: Repository.file(".build/portal-tests/bin/python"))))
struct PageTests {
    private func follow(_ script: String, _ arguments: [String], last: String) throws {
        let followed = try run(
            [Repository.file(".build/portal-tests/bin/python"), Repository.file("Tests/Portal/\(script).py")]
                + arguments)
        #expect(followed.status == 0, "\(followed.output.suffix(3000))\n\(followed.error.suffix(3000))")
        #expect(followed.output.contains(last))
    }

    /// From the main password to app passwords, with a real Dovecot.
    @Test(.timeLimit(.minutes(15)), arguments: [["nginx", "en", "1280"], ["caddy", "no-script", "de", "320"]])
    func walk(_ arguments: [String]) throws { try follow("walk", arguments, last: "no secret in any log") }

    /// Every page: axe-core finds nothing, nothing is wider than the display; pictures are left in `.build/page`.
    @Test(.timeLimit(.minutes(15)), arguments: ["en", "zh"])
    func everyPage(_ language: String) throws {
        try follow("gallery", [Repository.file(".build/page"), language], last: "\(language): 80 views, 0 faults")
    }

    @Test(.timeLimit(.minutes(15)), arguments: ["nginx", "caddy"])
    func attacks(_ front: String) throws { try follow("attack", [front], last: "portal back: the session goes on") }

    @Test(.timeLimit(.minutes(15))) func noSecretStays() throws { try follow("canary", [], last: "none in 8 logs") }

    @Test(.timeLimit(.minutes(15))) func guessesAreCounted() throws {
        try follow("guesses", ["20"], last: "20 addresses, 10 guesses each: 200 matches of the jail")
    }
}
