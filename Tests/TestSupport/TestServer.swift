import Credentials
import Foundation
import Postgres
import Synchronization

/// The database server that tests run on instead of files, if there is one.
package final class TestServer: Sendable {
    /// `POSTERN_TEST_SERVER` says how to connect to it, in the form of libpq. Nil: tests run on files.
    package static let shared: TestServer? = ProcessInfo.processInfo.environment["POSTERN_TEST_SERVER"].map {
        Store.connector.withLock {
            $0 = { settings throws(StoreError) in
                RecordingServer(try PostgresServer(settings, patience: 10_000))
            }
        }
        return TestServer($0)
    }

    private let settings: String
    /// Schemas that a test has used, emptied: making one takes longer than most tests.
    private let free = Mutex<[String]>([])
    private let emptier: Mutex<PostgresServer?>

    private init(_ settings: String) {
        self.settings = settings
        emptier = Mutex(try? PostgresServer(settings, patience: 10_000))
    }

    /// The setting `database` for a schema without content.
    package func takeSchema() -> String {
        let name = free.withLock { $0.popLast() } ?? "w\(UUID().uuidString.lowercased().filter { $0 != "-" })"
        return "\(StoreLocation.serverPrefix)\(settings) options=-csearch_path=\(name)"
    }

    /// Empties a schema for the next test, unless this one changed its tables.
    package func giveBack(_ database: String) {
        guard let name = database.split(separator: "=").last.map(String.init) else { return }
        let isEmptied = emptier.withLock { server in
            (try? server?.execute("SET search_path = \(name); " + Self.emptying)) != nil
        }
        if isEmptied { free.withLock { $0.append(name) } }
    }

    private static let emptying = """
        SET session_replication_role = replica; SET lock_timeout = 1000;
        DO $$ DECLARE found RECORD; BEGIN
            IF (SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()) <> 25 THEN
                RAISE 'other tables';
            END IF;
            FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
                AND tablename NOT IN ('schema_version', 'writer', 'guess_count')
            LOOP EXECUTE format('DELETE FROM %I', found.tablename); END LOOP;
            UPDATE guess_count SET rows = 0;
        END $$
        """
}
