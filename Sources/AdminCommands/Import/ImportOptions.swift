import ArgumentParser
import Imports

/// The options of every import.
struct ImportOptions: ParsableArguments {
    @Flag(help: "Change nothing; show what would be imported, what would be skipped or changed, and why.")
    var dryRun = false
    @Flag(help: "Import changes that make accounts, app passwords or policies less protected.")
    var allowLoosening = false
    @Flag(help: "Disable accounts that were imported before and are missing in the source.") var disableMissing = false
    @Flag(help: "Print JSON.") var json = false

    var permissions: AccountImporter.Permissions {
        AccountImporter.Permissions(allowsLoosening: allowLoosening, disablesMissing: disableMissing)
    }
}
