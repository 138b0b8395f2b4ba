import Administration
import ArgumentParser
import Credentials

struct ExportJSONLines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jsonl",
        abstract: "Export everything, as JSON lines on standard output.",
        discussion: """
            The export has the domains, the accounts with all that belongs to them, and the marks of imports; 'postern
            import jsonl' reads it. Secrets are exported as they are stored: app passwords and TOTP seeds are of use
            only with the key file, which must be copied separately. The change record is not part of the export; see
            'postern report changes --format jsonl'.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let session = try Session(global)
        try session.admin.storing { (store) throws(StoreError) in
            var progress = Progress("records", of: try store.countRecords())
            var count = 0
            try store.eachRecord(session.keys) { record in
                Output.jsonLine(record)
                count += 1
                progress.step()
            }
            var last = StoreRecord()
            last.end = StoreRecord.End(records: count)
            Output.jsonLine(last)
            let senders = try store.accountsSendingAsAny()
            if !senders.isEmpty {
                Output.error(
                    "These accounts may send as any address, which is not in the export: "
                        + "\(senders.joined(separator: ", ")). Allow it again after the import: 'postern account "
                        + "send-as'.")
            }
        }
    }
}
