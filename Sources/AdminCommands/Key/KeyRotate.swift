import ArgumentParser
import Authentication
import Credentials

struct KeyRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new key, and carry the database to it.",
        discussion: """
            TOTP seeds are sealed anew. App passwords, recovery codes, remembered wrong passwords and imports stay what they are: \
            nobody has to do anything. The key file keeps the keys before, which alone open nothing any more.

            Restart posternd afterwards, and copy the key file: the copy you have is not enough for this database from now on.
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let path = try Session.configuration(global).keyFile
        do throws(KeyFileError) { try KeyFile.addKey(path: path) } catch {
            throw CommandFailure(.keyFile(error))
        }
        do throws(CommandFailure) {
            let session = try Session(global)
            let change = session.change(subject: "all", "key rotate")
            _ = try session.storing { (store) throws(StoreError) in try store.carryToNewestKey(change) }
        } catch {
            Output.error(
                "The key file has a new key; the database goes on under the one that it had. Run 'postern key rotate' again."
            )
            throw error
        }
        Output.error(
            "The database is under a new key. Restart posternd now (until then every sign-in is a temporary failure), and copy "
                + "the key file \(path).")
    }
}
