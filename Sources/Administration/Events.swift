import Authentication
package import Credentials

/// Something that the owner of an account should know of.
package struct OwnerEvent: Sendable {
    /// The words of the protocol of `event_command`.
    package enum Kind: String, CaseIterable, Sendable {
        case appPasswordMade = "app-password-made"
        case appPasswordRevoked = "app-password-revoked"
        case appPasswordPutBack = "app-password-put-back"
        case secondFactorOn = "second-factor-on"
        case secondFactorOff = "second-factor-off"
        case recoveryCodes = "recovery-codes"
        case passwordChanged = "password-changed"
        /// A sign-in with the main password from a network new to the account.
        case newNetwork = "new-network"
        /// An app password ends in less than `Administrator.expiryNotice`.
        case expiring
        /// A device still sends the previous main password.
        case oldPassword = "old-password"
    }

    /// The account.
    package let account: AccountName
    /// What happened.
    package let kind: Kind
    /// When it happened; for `expiring`, when the app password ends.
    package let at: Timestamp
    /// The name of the app password, or service and network: user-chosen text.
    package let label: String
}

/// Events that a reader has not had yet.
package struct EventBatch: Sendable {
    /// The events of each account, in the order of time.
    package let events: [String: [OwnerEvent]]
    /// From where on each account has to be told, if that fails now.
    fileprivate let starts: [String: EventPosition]
    /// Where the reader is afterwards.
    fileprivate let position: EventPosition
}

extension Administrator {
    /// Seconds before its end at which the owner of an app password is told.
    package static let expiryNotice: Int64 = 14 * 86_400
    /// Seconds between two notices of a device with the previous main password.
    private static let oldPasswordInterval: Int64 = 7 * 86_400
    /// Seconds after which nobody is told of an event any more.
    private static let maxEventAge: Int64 = 7 * 86_400
    /// Events of a kind that are read at a time.
    private static let maxEvents = 100_000
    /// Seconds within which sign-ins reach the store.
    private static let signInDelay: Int64 = 60

    /// Returns the events that a reader has not had yet. A reader that asks for the first time begins now.
    ///
    /// - Throws: `AdministrationError.unavailable` if the store cannot be read or written.
    package func events(for reader: String) throws(AdministrationError) -> EventBatch {
        let until = clock().adding(seconds: -Self.signInDelay)
        return try storing { store throws(StoreError) in
            guard let before = try store.eventPosition(of: reader) else {
                let start = EventPosition(change: try store.lastChange(), time: until)
                try store.setEventPosition(start, of: reader)
                return EventBatch(events: [:], starts: [:], position: start)
            }
            let changes = try store.changes(after: before.change, limit: Self.maxEvents)
            // A clock that was set back brings nothing twice.
            let position = EventPosition(
                change: changes.last?.number ?? before.change, time: max(before.time, until))
            var events: [OwnerEvent] = []
            var starts: [String: EventPosition] = [:]
            for (account, start) in try store.eventRetries(of: reader, limit: Self.maxEvents) {
                let missed = try store.changes(after: start.change, subject: account, limit: Self.maxEvents)
                    .filter { $0.number <= before.change }
                events += try self.events(of: missed, from: start, to: before).filter { $0.account.text == account }
                starts[account] = start
            }
            events += try self.events(of: changes, from: before, to: position)
            for event in events where starts[event.account.text] == nil { starts[event.account.text] = before }
            let grouped = Dictionary(grouping: events) { $0.account.text }
            return EventBatch(
                events: grouped.mapValues { $0.sorted { $0.at < $1.at } }, starts: starts, position: position)
        }
    }

    /// Records that a reader has told of a batch.
    ///
    /// - Parameter failed: Accounts that it could not tell: their events come again with the next batch.
    /// - Throws: `AdministrationError.unavailable` if the store cannot be written.
    package func finish(
        _ batch: EventBatch, for reader: String, failed: Set<String> = []
    ) throws(AdministrationError) {
        try storing { store throws(StoreError) in
            try store.setEventPosition(
                batch.position, of: reader, told: batch.starts.keys.filter { !failed.contains($0) },
                failed: batch.starts.filter { failed.contains($0.key) })
        }
    }

    private func events(
        of changes: [(number: Int64, change: Change)], from: EventPosition, to: EventPosition
    ) throws(StoreError) -> [OwnerEvent] {
        let oldest = clock().adding(seconds: -Self.maxEventAge)
        var events: [OwnerEvent] = []
        for (_, change) in changes where change.at > oldest { events += try self.events(of: change) }
        let start = max(from.time, oldest)
        return start < to.time ? events + (try timedEvents(after: start, until: to.time)) : events
    }

    /// The events of a change: none, if its account no longer exists.
    private func events(of change: Change) throws(StoreError) -> [OwnerEvent] {
        guard let (kind, ids) = OwnerEvent.kind(of: change) else { return [] }
        let name = AccountName(stored: change.subject)
        guard let account = try store.account(name) else { return [] }
        guard let ids else { return [OwnerEvent(account: account.name, kind: kind, at: change.at, label: "")] }
        var events: [OwnerEvent] = []
        for id in ids {
            guard let appPassword = try store.appPassword(id: id, account: account.name), !appPassword.isOfSession
            else { continue }
            events.append(OwnerEvent(account: account.name, kind: kind, at: change.at, label: appPassword.name))
        }
        return events
    }

    private func timedEvents(after: Timestamp, until: Timestamp) throws(StoreError) -> [OwnerEvent] {
        var events: [OwnerEvent] = []
        for signIn in try store.signInsFromNewNetworks(after: after, until: until, limit: Self.maxEvents) {
            events.append(
                OwnerEvent(
                    account: AccountName(stored: signIn.account), kind: .newNetwork, at: signIn.first,
                    label: "\(signIn.service), \(signIn.network)"))
        }
        let ending = try store.appPasswordsEnding(
            after: after.adding(seconds: Self.expiryNotice), until: until.adding(seconds: Self.expiryNotice),
            limit: Self.maxEvents)
        for appPassword in ending {
            // One that was made for less time needs no notice.
            guard let end = appPassword.expires, appPassword.created < end.adding(seconds: -Self.expiryNotice) else {
                continue
            }
            events.append(
                OwnerEvent(account: appPassword.account, kind: .expiring, at: end, label: appPassword.name))
        }
        return events + (try oldPasswordEvents(after: after, until: until))
    }

    /// Devices with the previous main password, each once a week since it was first seen.
    private func oldPasswordEvents(after: Timestamp, until: Timestamp) throws(StoreError) -> [OwnerEvent] {
        func weeks(_ first: Timestamp, _ time: Timestamp) -> Int64 {
            time < first ? -1 : (time.seconds - first.seconds) / Self.oldPasswordInterval
        }
        let window = Throttling(configuration).window(at: until)
        let uses = try store.formerUses(account: nil, window).filter {
            $0.last > until.adding(seconds: -Self.oldPasswordInterval)
                && weeks($0.first, after) < weeks($0.first, until)
        }
        return uses.prefix(Self.maxEvents).map {
            OwnerEvent(
                account: AccountName(stored: $0.account), kind: .oldPassword, at: $0.last,
                label: "\($0.service), \($0.network)")
        }
    }
}

extension OwnerEvent {
    /// The kind of a change's event, and the ids of its app passwords if it is about some; nil: nobody is told.
    fileprivate static func kind(of change: Change) -> (Kind, ids: [String]?)? {
        let words = change.detail.split(separator: " ").map(String.init)
        switch change.action {
        case "app-password create": return (.appPasswordMade, Array(words.prefix(1)))
        // "OLD to NEW NAME, until …"
        case "app-password rotate": return (.appPasswordMade, words.count > 2 ? [words[2]] : [])
        case "app-password revoke": return (.appPasswordRevoked, words)
        case "app-password put-back": return (.appPasswordPutBack, words)
        case "second-factor confirm": return (.secondFactorOn, nil)
        case "second-factor external": return (change.detail == "on" ? .secondFactorOn : .secondFactorOff, nil)
        case "second-factor remove": return (.secondFactorOff, nil)
        case "second-factor recovery-codes": return (.recoveryCodes, nil)
        // Its detail says if only the previous one was forgotten.
        case "account password" where change.detail.isEmpty: return (.passwordChanged, nil)
        default: return nil
        }
    }
}
