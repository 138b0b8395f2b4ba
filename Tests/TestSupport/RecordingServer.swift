import Credentials
import Foundation
import SQL
import Synchronization

/// A session that writes down each statement once, for `Tests/Servers/statements`.
final class RecordingServer: DatabaseServer {
    private static let record = ProcessInfo.processInfo.environment["POSTERN_TEST_STATEMENTS"]
    private static let seen = Mutex<Set<String>>([])

    private let server: any DatabaseServer

    init(_ server: any DatabaseServer) { self.server = server }

    private func note(_ sql: String) {
        guard let record = Self.record else { return }
        Self.seen.withLock { seen in
            guard seen.insert(sql).inserted, let file = FileHandle(forWritingAtPath: record) else { return }
            file.seekToEndOfFile()
            file.write(Data((sql.split(whereSeparator: \.isWhitespace).joined(separator: " ") + "\n").utf8))
        }
    }

    func execute(_ sql: String) throws(StoreError) {
        note(sql)
        try server.execute(sql)
    }

    func run(_ sql: String, _ values: [Value]) throws(StoreError) -> any ServerRows {
        note(sql)
        return try server.run(sql, values)
    }

    func run(_ sql: String, _ columns: [Column]) throws(StoreError) -> any ServerRows {
        note(sql)
        return try server.run(sql, columns)
    }

    func run(kept query: Query, _ columns: [Column]) throws(StoreError) -> any ServerRows {
        note(query.sql)
        return try server.run(kept: query, columns)
    }

    var changes: Int { server.changes }
    var otherHosts: [(name: String, reason: String)] { server.otherHosts }
    var isOnThisMachine: Bool { server.isOnThisMachine }
    var haste: Deadline? {
        get { server.haste }
        set { server.haste = newValue }
    }
}
