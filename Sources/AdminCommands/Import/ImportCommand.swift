import ArgumentParser

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import accounts and app passwords from another system, or from an export.",
        discussion: """
            An import is one transaction: either all of it is imported, or nothing. A second run changes nothing. A
            later import updates each account that changed in the source; an account that was also changed in Postern is
            left as it is and named. Passwords keep working; each is stored as Postern's own hash when it is first used.

            No import loosens protection: if an account's second factor would be switched off, if it would be enabled,
            or if it could be used for more services or from more networks, it keeps what it has and is named, and the
            exit status is 1. --allow-loosening imports such changes, too.
            """,
        subcommands: [
            ImportMailcow.self, ImportMailu.self, ImportPostfixAdmin.self, ImportIRedMail.self,
            ImportDockerMailserver.self, ImportPasswdFile.self, ImportJSONLines.self,
        ])
    @OptionGroup var global: GlobalOptions
}
