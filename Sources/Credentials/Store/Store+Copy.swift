import SQL

/// The move of a store from a file to a database server, or back: table by table, so that nothing is left out.
extension Store {
    /// Rows read and written at once.
    private static let perPage: Int64 = 5000

    /// Copies everything to a store that has nothing yet, in one transaction, while nobody writes here. One of both stores
    /// is in a file, the other on a server.
    ///
    /// - Returns: The number of rows; nil: the other store has an account or a change already, and stays as it is.
    /// - Throws: `StoreError` when one of the databases cannot be read or written.
    package func copy(to target: Store) throws(StoreError) -> Int? {
        try write(durable: true) { () throws(StoreError) in
            try target.write(durable: true) { () throws(StoreError) -> Int? in
                let content = "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM change)"
                guard try target.database.number(content) == 0 else { return nil }
                return try copyAll(to: target)
            }
        }
    }

    /// A copy in a file, as everything is at one time: what asks for each account takes a round trip for each question on
    /// a server.
    func temporaryCopy() throws(StoreError) -> Store {
        let copy = try Store.temporary(keys: keys)
        try read { () throws(StoreError) in
            try copy.write(durable: false) { () throws(StoreError) in _ = try copyAll(to: copy) }
        }
        return copy
    }

    private func copyAll(to target: Store) throws(StoreError) -> Int {
        var count = 0
        for table in try (database.isServer ? target : self).tables() { count += try copy(table, to: target) }
        return count
    }

    /// A table that both engines have, with its columns.
    private struct CopiedTable {
        let name: String
        var columns: [(name: String, type: String)] = []
        /// The places in `columns` of those that tell rows apart.
        var key: [Int] = []
        var list: String { columns.map(\.name).joined(separator: ", ") }
        var marks: String { columns.map { _ in "?" }.joined(separator: ", ") }
        /// The beginning and the end of a statement that adds rows. A new store has a key's check value; the one that is
        /// copied may be under an older key.
        var insertion: (begin: String, end: String) {
            (
                "INSERT INTO \(name) (\(list))",
                name == "setting" ? "ON CONFLICT (name) DO UPDATE SET value = excluded.value" : ""
            )
        }
    }

    /// As a file describes them, those that others refer to first.
    private func tables() throws(StoreError) -> [CopiedTable] {
        // Triggers of the other store count its guesses.
        var tables = try database.prepare(
            """
            SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'guess_count'
            ORDER BY rowid
            """
        ).texts().map { CopiedTable(name: $0) }
        for index in tables.indices {
            let rows = try database.prepare(
                "SELECT name, type, pk FROM pragma_table_info(?)", [.text(tables[index].name)])
            while try rows.step() {
                if rows.flag(2) { tables[index].key.append(tables[index].columns.count) }
                tables[index].columns.append((rows.text(0), rows.text(1)))
            }
        }
        return tables
    }

    /// Copies the rows of a table in the order of their key, a page at a time.
    private func copy(_ table: CopiedTable, to target: Store) throws(StoreError) -> Int {
        let (begin, end) = table.insertion
        let oneRow = Query("\(begin) VALUES (\(table.marks)) \(end)")
        var count = 0
        var last: [Value]?
        while true {
            let page = try page(of: table, after: last)
            if let server = target.database.server {
                try Self.add(page, "\(begin) SELECT * FROM unnest(\(table.marks)) \(end)", server)
            } else {
                for row in page { try target.database.run(oneRow, row) }
            }
            count += page.count
            guard page.count == Self.perPage, let row = page.last else { return count }
            last = table.key.map { row[$0] }
        }
    }

    private func page(of table: CopiedTable, after last: [Value]?) throws(StoreError) -> [[Value]] {
        let key = table.key.map { table.columns[$0].name }.joined(separator: ", ")
        let marks = table.key.map { _ in "?" }.joined(separator: ", ")
        let condition = last == nil ? "" : "WHERE (\(key)) > (\(marks))"
        let rows = try database.prepare(
            "SELECT \(table.list) FROM \(table.name) \(condition) ORDER BY \(key) LIMIT \(Self.perPage)", last ?? [])
        var page: [[Value]] = []
        while try rows.step() {
            page.append(
                table.columns.enumerated().map { index, column in
                    let index = Int32(index)
                    return switch column.type {
                    case "INTEGER": .integer(rows.optionalInteger(index))
                    case "BLOB": .blob(rows.optionalBlob(index))
                    default: .text(rows.optionalText(index))
                    }
                })
        }
        return page
    }

    private static func add(_ rows: [[Value]], _ sql: String, _ server: any DatabaseServer) throws(StoreError) {
        guard let first = rows.first else { return }
        _ = try server.run(sql, first.indices.map { index in Column(rows.map { $0[index] }) })
    }
}

extension Column {
    /// Values of one type, of which there must be at least one.
    fileprivate init(_ values: [Value]) {
        switch values[0] {
        case .integer: self = .integers(values.map { if case .integer(let number) = $0 { number } else { nil } })
        case .text: self = .texts(values.map { if case .text(let text) = $0 { text } else { nil } })
        case .blob: self = .blobs(values.map { if case .blob(let blob) = $0 { blob } else { nil } })
        }
    }
}
