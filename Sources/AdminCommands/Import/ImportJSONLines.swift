import Administration
import ArgumentParser
import Credentials
import Imports

struct ImportJSONLines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jsonl",
        abstract: "Import an export that 'postern export jsonl' wrote.",
        discussion: "Both installations must have the same key file: secrets are imported as they were stored.")

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The export, or - for standard input.") var file: String
    @OptionGroup var options: ImportOptions

    func run() throws {
        let descriptor = try reading { () throws(SourceError) in try FilePieces.open(file) }
        let session = try Session(global)
        let report = ImportReport(source: Store.exportSource, options)
        try report.run(session) { (store) throws(SourceError) in
            var importer = ExportImporter(
                store: store, keys: session.keys, permissions: options.permissions, former: session.former,
                makeChange: { session.admin.change($0, $1, $2) }, enter: report.enter, note: report.note)
            try importer.read(descriptor, named: file)
        }
    }
}
