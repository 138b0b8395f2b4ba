import Administration
import ArgumentParser
import Authentication
import Credentials

struct KeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new key, and move the database to it.",
        discussion: """
            TOTP seeds are encrypted again. App passwords, recovery codes, remembered wrong passwords and imports stay
            valid; users need not do anything. The key file keeps the previous keys, which alone can no longer open this
            database.

            Restart posternd afterwards, and back up the key file: previous copies of it are not enough for this
            database any more.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let path = try Session.configuration(global).keyFile
        do throws(KeyFileError) { try KeyFile.addKey(path: path) } catch {
            throw CommandFailure(.keyFile(error))
        }
        do {
            let session = try Session(global)
            let change = session.admin.change("all", "key rotate")
            _ = try session.admin.storing { (store) throws(StoreError) in try store.carryToNewestKey(change) }
        } catch {
            Output.error(
                "The key file has a new key, but the database still uses the previous one: run 'postern key rotate' "
                    + "again."
            )
            throw error
        }
        Output.error(
            "The database uses a new key. Restart posternd now: until then every sign-in is a temporary failure. "
                + "Then back up the key file \(path).")
    }
}
