import SQL

/// The key, kind and hash that are stored for a new app password.
struct NewRow {
    let key: [UInt8]
    let kind: AppPassword.Kind
    var hash: String?
    var tag: Int64?
}

extension Store {
    /// The stored form of the secret of a new app password.
    package enum Verifier: Sendable {
        /// The MAC of the canonical text.
        case mac([UInt8])
        /// An Argon2id hash and the tag of the canonical text.
        case compact(hash: String, tag: Int64)
        /// A hash as another system stored it.
        ///
        /// - Parameter tag: Nil: it is found at the first success.
        case imported(hash: String, tag: Int64? = nil)
    }

    /// The tag of a hash that Postern cannot verify: it matches no secret, so the hash is never tried.
    package static let tagOfNone: Int64 = -1

    /// Adds an app password and returns its id; nil if there is no such account.
    ///
    /// - Throws: `StoreError` when the database cannot be read or written, or the kernel has no random bytes.
    package func addAppPassword(
        _ new: NewAppPassword, verifier: Verifier, account: AccountName, change: (_ id: String) -> Change
    ) throws(StoreError) -> String? {
        let (id, row) = try Self.newRow(verifier)
        let done = try changing(account, renewsLooks: row.hash != nil, change(id)) { () throws(StoreError) in
            try insert(new, id, row, account: account, created: new.created ?? change(id).at)
        }
        return done ? id : nil
    }

    static func newRow(_ verifier: Verifier) throws(StoreError) -> (id: String, NewRow) {
        do throws(RandomFailure) {
            let id = try AppPassword.makeID()
            switch verifier {
            case .mac(let mac): return (id, NewRow(key: mac, kind: .generated))
            case .compact(let hash, let tag):
                return (id, NewRow(key: try randomBytes(32), kind: .compact, hash: hash, tag: tag))
            case .imported(let hash, let tag):
                return (id, NewRow(key: try randomBytes(32), kind: .imported, hash: hash, tag: tag))
            }
        } catch {
            throw .secret(.noRandom(error))
        }
    }

    func insert(
        _ new: NewAppPassword, _ id: String, _ row: NewRow, account: AccountName, created: Timestamp,
        session: [UInt8]? = nil
    ) throws(StoreError) {
        try database.run(
            Self.addRow,
            [
                .blob(row.key), .text(account.text), .text(id), .text(row.kind.rawValue), .text(row.hash),
                .integer(row.tag), .text(new.name), .integer(new.scope.rawValue),
                .text(Self.words(new.networks)), .timestamp(created),
                .timestamp(new.expires), .blob(session),
            ])
    }

    private static let addRow = Query(
        """
        INSERT INTO app_password
            (verifier, account, id, kind, hash, tag, name, scope, networks, created, expires, session)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)

    /// The result of a rotation.
    package enum Rotation: Sendable {
        case done(id: String)
        /// There is no app password with this id, it is revoked or disabled, or it belongs to a webmail session.
        case noneSuch
        /// It has a successor already.
        case rotatedBefore(successor: String)
    }

    /// Adds a successor of an app password, which itself then expires at `end` unless it expires earlier.
    ///
    /// - Parameter change: Makes the entry of the change record from the new id.
    /// - Throws: `StoreError` when the database cannot be read or written, or the kernel has no random bytes.
    package func rotateAppPassword(
        _ old: String, to new: NewAppPassword, verifier: Verifier, end: Timestamp, account: AccountName,
        change: (_ id: String) -> Change
    ) throws(StoreError) -> Rotation {
        try write(durable: true) { () throws(StoreError) in
            guard let known = try appPassword(id: old, account: account), known.revoked == nil,
                known.disabled == nil, !known.isOfSession
            else { return .noneSuch }
            if let successor = known.successor { return .rotatedBefore(successor: successor) }
            guard let id = try addAppPassword(new, verifier: verifier, account: account, change: change) else {
                return .noneSuch
            }
            try database.run(
                """
                UPDATE app_password SET expires = min(coalesce(expires, ?1), ?1), successor = ?2
                WHERE account = ?3 AND id = ?4
                """, [.timestamp(end), .text(id), .text(account.text), .text(old)])
            return .done(id: id)
        }
    }

    /// All app passwords of an account, including revoked ones, oldest first.
    ///
    /// - Throws: `StoreError` when the database cannot be read.
    package func appPasswords(account: AccountName) throws(StoreError) -> [AppPassword] {
        let rows = try database.prepare(
            Self.appPasswords + " WHERE account = ? ORDER BY created, id",
            [.text(account.text)])
        var found: [AppPassword] = []
        while try rows.step() { found.append(try appPassword(rows)) }
        return found
    }

    /// Changes the name, services and networks of an app password.
    ///
    /// - Returns: False if there is no such app password, it is revoked, or it belongs to a webmail session.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func alterAppPassword(
        _ id: String, to new: NewAppPassword, account: AccountName, change: Change
    ) throws(StoreError) -> Bool {
        try write(durable: true) { () throws(StoreError) in
            guard let old = try appPassword(id: id, account: account), old.revoked == nil, !old.isOfSession else {
                return false
            }
            return try changing(account, change) { () throws(StoreError) in
                try database.run(
                    "UPDATE app_password SET name = ?1, scope = ?2, networks = ?3 WHERE account = ?4 AND id = ?5",
                    [
                        .text(new.name), .integer(new.scope.rawValue), .text(Self.words(new.networks)),
                        .text(account.text), .text(id),
                    ])
            }
        }
    }

    private static func words(_ networks: [CIDR]) -> String { networks.map(\.description).joined(separator: " ") }

    /// A change of existing app passwords.
    package enum AppPasswordChange: Sendable { case disable, enable, revoke }

    /// Disables, enables or revokes app passwords. A revoked one stays revoked, and stays on record.
    ///
    /// - Parameters:
    ///   - ids: Nil for all that are not revoked.
    ///   - change: Makes the entry of the change record from the ids that changed.
    /// - Returns: How many changed; nil, with nothing changed, if an id is unknown or revoked.
    /// - Throws: `StoreError` when the database cannot be read or written.
    package func changeAppPasswords(
        _ ids: Set<String>?, _ kind: AppPasswordChange, account: AccountName, change: ([String]) -> Change
    ) throws(StoreError) -> Int? {
        try write(durable: true) { () throws(StoreError) in
            let live = try appPasswords(account: account).filter { $0.revoked == nil }.map(\.id)
            if let ids, !ids.isSubset(of: live) { return nil }
            let chosen = live.filter { ids?.contains($0) ?? true }
            guard !chosen.isEmpty else { return 0 }
            let entry = change(chosen)
            let assignment =
                switch kind {
                // Set again, and to a later time, even if it is disabled: an import enables only what nobody disabled
                // since.
                case .disable: "disabled = max(?1, coalesce(disabled + 1, 0))"
                case .enable: "disabled = NULL"
                case .revoke: "revoked = ?1"
                }
            for id in chosen {
                try database.run(
                    "UPDATE app_password SET \(assignment) WHERE account = ?2 AND id = ?3",
                    [.timestamp(entry.at), .text(account.text), .text(id)])
            }
            _ = try raiseGeneration(account, renewsLooks: kind == .enable)
            try record(entry)
            return chosen.count
        }
    }
}
