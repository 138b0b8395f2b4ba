import SQL

/// Places on a database server: what many nodes look at together stays within the budgets, as it does in one process.
extension Store {
    /// Enters those secrets that the budgets have room for.
    ///
    /// - Returns: For each question, whether it got its place.
    /// - Throws: `StoreError` when the server cannot be asked.
    package func enter(_ questions: [PlaceQuestion]) throws(StoreError) -> [Bool] {
        guard let server = database.server else { return questions.map { _ in true } }
        func numbers(_ number: (PlaceQuestion) -> Int?) -> Column {
            .integers(questions.map { number($0).map(Int64.init) })
        }
        let rows = try server.run(
            "SELECT entered FROM enter(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) AS entered",
            Self.columns(questions.map(\.place)) + [
                numbers { $0.allowed.pair }, numbers { $0.counted.pair },
                numbers { $0.allowed.network }, numbers { $0.counted.network },
                numbers { $0.allowed.account }, numbers { $0.counted.account }, numbers { $0.accountLimit },
                .integers(questions.map { $0.window.end.seconds }),
                .integers(questions.map { $0.window.latest.seconds }),
            ])
        var entered: [Bool] = []
        while rows.step() { entered.append(rows.integer(0) != 0) }
        guard entered.count == questions.count else { throw Self.misplaced }
        return entered
    }

    /// Gives places back.
    ///
    /// - Throws: `StoreError` when the server cannot be asked: then they end by themselves after half a minute.
    package func leave(_ places: [Place]) throws(StoreError) {
        guard let server = database.server else { return }
        _ = try server.run(
            """
            DELETE FROM under_way w USING unnest(?, ?, ?) AS k (account, network, mac)
            WHERE w.account = k.account AND w.network = k.network AND w.mac = k.mac
            """, Self.columns(places))
    }

    private static func columns(_ places: [Place]) -> [Column] {
        [.texts(places.map(\.account)), .blobs(places.map(\.network.bytes)), .blobs(places.map(\.mac))]
    }
}
