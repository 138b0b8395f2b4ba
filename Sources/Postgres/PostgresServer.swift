package import Credentials
import Glibc
package import SQL

/// One session with PostgreSQL 14 or later. Every call ends within its time, whatever the server or the network does; after
/// a call that did not, all later ones fail.
package final class PostgresServer: DatabaseServer {
    private let link: Link
    /// Milliseconds that one call may take.
    private let patience: Int64
    /// Expects that what a session on this timeline was just answered can be used.
    typealias Check = @Sendable (_ timeline: String) throws(StoreError) -> Void
    /// Nil: answers are used however old the server's last confirmed commit is.
    private let check: Check?
    /// That of the server when the session began.
    let timeline: String
    /// When the plans of the statements end that the session keeps, by number.
    private var kept: [Int: Deadline] = [:]
    /// Milliseconds that a plan is used.
    private static let planLife: Int64 = 1000
    /// As in `DatabaseServer`.
    package var haste: Deadline?
    /// Whether the answer to a call that was too late is still to come.
    private var isLate = false
    /// Why the session cannot be used any more.
    private var loss: StoreError?
    /// As in `DatabaseServer`.
    package private(set) var changes = 0
    /// As in `DatabaseServer`.
    package let isOnThisMachine: Bool
    /// As in `DatabaseServer`.
    package let otherHosts: [(name: String, reason: String)]

    /// Connects to the host that can be written to.
    ///
    /// - Parameters:
    ///   - settings: As libpq takes them.
    ///   - patience: Milliseconds that connecting, and each call, may take.
    /// - Throws: `StoreError` when the server cannot be asked.
    package convenience init(_ settings: String, patience: Int64) throws(StoreError) {
        try self.init(settings, patience: patience, check: nil)
    }

    init(_ settings: String, patience: Int64, check: Check?) throws(StoreError) {
        self.patience = patience
        self.check = check
        (link, timeline, otherHosts) = try Connecting.connect(try Hosts(settings), Deadline(in: patience))
        isOnThisMachine = link.isLocal
        // If this program dies within a transaction, or its network does, others need not wait for long.
        try execute(
            """
            SET statement_timeout = \(patience); SET lock_timeout = \(patience);
            SET idle_in_transaction_session_timeout = \(max(2000, patience)); SET synchronous_commit = off
            """)
    }

    /// As in `DatabaseServer`.
    package func execute(_ sql: String) throws(StoreError) {
        let deadline = Deadline(in: patience)
        try send(link.send(sql))
        let answer = try finish(deadline, haste: haste)
        // A transaction in which a statement failed answers COMMIT like this, without an error.
        guard sql != "COMMIT" || answer.command == "COMMIT" else { throw .abandoned }
    }

    /// As in `DatabaseServer`.
    package func run(_ sql: String, _ values: [Value]) throws(StoreError) -> any ServerRows {
        try run(sql, Parameters(values))
    }

    /// As in `DatabaseServer`.
    package func run(_ sql: String, _ columns: [Column]) throws(StoreError) -> any ServerRows {
        try run(sql, Parameters(columns))
    }

    /// As in `DatabaseServer`.
    package func run(kept query: Query, _ columns: [Column]) throws(StoreError) -> any ServerRows {
        let deadline = Deadline(in: patience)
        let parameters = Parameters(columns)
        if kept[query.number].map(\.hasPassed) ?? true { try keep(query, columns) }
        try send(link.run(prepared: Self.name(query), parameters))
        return try answer(deadline)
    }

    private static func name(_ query: Query) -> String { "s\(query.number)" }

    /// Has a statement planned, or planned again.
    private func keep(_ query: Query, _ columns: [Column]) throws(StoreError) {
        guard haste == nil else { throw .late }
        // Plans that do not depend on the number of questions, and that read no table from end to end although it is empty.
        if kept.isEmpty { try execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off") }
        let types = columns.map { column in
            switch column {
            case .integers: "bigint[]"
            case .texts: "text[]"
            case .blobs: "bytea[]"
            }
        }
        let name = Self.name(query)
        let forget = kept[query.number] == nil ? "" : "DEALLOCATE \(name); "
        let sql = StatementText.numbered(query.sql)
        try execute("\(forget)PREPARE \(name) (\(types.joined(separator: ", "))) AS \(sql)")
        kept[query.number] = Deadline(in: Self.planLife)
    }

    private func run(_ sql: String, _ parameters: Parameters) throws(StoreError) -> any ServerRows {
        let deadline = Deadline(in: patience)
        try send(link.run(StatementText.numbered(sql), parameters))
        return try answer(deadline)
    }

    private func answer(_ deadline: Deadline) throws(StoreError) -> any ServerRows {
        let answer = try finish(deadline, haste: haste)
        changes = answer.touched
        return answer
    }

    private func send(_ isSent: @autoclosure () -> Bool) throws(StoreError) {
        if let loss { throw loss }
        if isLate {
            isLate = false
            do throws(StoreError) { _ = try finish(Deadline(in: patience)) } catch { if let loss { throw loss } }
        }
        guard isSent() else {
            let error = StoreError.unreachable(message: link.message)
            loss = error
            throw error
        }
    }

    /// Waits for the answers to what was sent.
    ///
    /// - Returns: The last one.
    private func finish(_ deadline: Deadline, haste: Deadline? = nil) throws(StoreError) -> PostgresRows {
        do throws(StoreError) {
            let answer = try link.answers(by: deadline, haste: haste)
            try check?(timeline)
            return answer
        } catch {
            switch error {
            case .late: isLate = true
            case .unreachable: loss = error
            default: break
            }
            throw error
        }
    }
}
