import ArgumentParser
import Imports

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring accounts and app passwords from another system, or from an export.",
        discussion: """
            One transaction: all of it is imported, or nothing. A second run changes nothing. A later one takes the record of each
            account that changed in the source; one that was changed in Postern, too, is left as it is and named. Passwords go on
            to work as they are and are stored as Postern's own at their first use.

            No import loosens protection: an account whose second factor would go off, that would be enabled, or that could be
            used for more or from more places keeps what it has and is named, and the exit status is 1. --allow-loosening lets it
            happen.
            """,
        subcommands: [
            ImportMailcow.self, ImportMailu.self, ImportPostfixAdmin.self, ImportIRedMail.self,
            ImportDockerMailserver.self, ImportPasswdFile.self, ImportJSONLines.self,
        ])
    @OptionGroup var global: GlobalOptions
}

/// What every import takes.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Show what would be imported, what would not, and why; change nothing.") var dryRun = false
    @Flag(help: "Let accounts become as loosely protected as they are in the source.") var allowLoosening = false
    @Flag(help: "Disable accounts that were imported before and are missing in the source.") var disableMissing = false
    @Flag(help: "Print JSON.") var json = false

    var permissions: AccountImporter.Permissions {
        AccountImporter.Permissions(allowsLoosening: allowLoosening, disablesMissing: disableMissing)
    }
}
