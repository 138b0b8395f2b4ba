import TestSupport
import Testing

/// Main passwords on standard input. What they may be is tested in process.
struct MainPasswordTests {
    private static let alice = "alice@example.org"

    private func set(_ installation: ProgramInstallation, _ input: String) throws -> CommandResult {
        let result = try installation.postern(["account", "password", Self.alice, "--password-stdin"], input: input)
        #expect(result.output.isEmpty, "\(result)")
        return result
    }

    /// The first line, whatever its end; a password that is refused is not repeated.
    @Test func fromStandardInput() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let refused = try set(installation, "seven77\n")
        #expect(refused.status == 65 && !refused.error.contains("seven77"), "\(refused)")
        #expect(try Checkpassword(installation).run(Self.alice, "main secret").status == 0)
        for input in ["a fine main password", "another fine password\n", "a third fine password\r\nand more\n"] {
            #expect(try set(installation, input).status == 0)
            let password = String(input.prefix { !$0.isNewline })
            #expect(try Checkpassword(installation).run(Self.alice, password).status == 0, "\(password)")
        }
    }

    /// What is set and advised against is said on standard error.
    @Test func shortAlone() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        for (password, isAdvised) in [("fourteen chars", true), ("fifteen chars..", false)] {
            let result = try set(installation, password)
            #expect(result.status == 0 && result.error.contains("15") == isAdvised, "\(result)")
        }
    }
}
