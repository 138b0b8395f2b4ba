import Bytes
import Credentials

/// What an import did to close an account or an app password (it is closed in the source or gone from it, or its hash
/// cannot be verified here), so that it undoes that and nothing else.
struct Closing {
    static let length = 16

    /// When it was disabled for that; nil if it was disabled before.
    let since: Timestamp?
    /// If it was disabled for a time before.
    let until: Timestamp?

    init(since: Timestamp?, until: Timestamp?) {
        self.since = since
        self.until = until
    }

    /// Closes an account. One that is closed for a time is closed for good.
    ///
    /// - Parameter before: How an import closed it before: that goes on if nobody opened it since.
    /// - Returns: What was done, and whether it was open, or closed only for a time.
    static func close(
        _ name: AccountName, in store: Store, keeping before: Closing? = nil, now: Timestamp, change: Change
    ) throws(StoreError) -> (Closing, wasOpen: Bool) {
        let here = try store.account(name)
        if let here, !here.isDisabled(at: now) || here.disabledUntil != nil {
            _ = try store.disable(name, until: nil, change: change)
            return (Closing(since: try store.account(name)?.disabledSince, until: here.disabledUntil), true)
        }
        return (found(here?.disabledSince, until: here?.disabledUntil, keeping: before), false)
    }

    /// What is closed already, by an import before or by somebody.
    static func found(_ disabledSince: Timestamp?, until: Timestamp?, keeping before: Closing?) -> Closing {
        if let before, before.isInForce(disabledSince, until: until) { return before }
        return Closing(since: nil, until: nil)
    }

    /// Whether what is disabled like this is as the closing left it.
    func isInForce(_ disabledSince: Timestamp?, until disabledUntil: Timestamp?) -> Bool {
        disabledUntil == nil && disabledSince != nil && (since == nil || since == disabledSince)
    }

    /// Whether an import disabled what is disabled like this, and nobody since. To the second: enabled and disabled in that
    /// of the import, it counts as the import's.
    func isOwn(_ disabledSince: Timestamp?, until disabledUntil: Timestamp?) -> Bool {
        since != nil && isInForce(disabledSince, until: disabledUntil)
    }

    /// Unless somebody else disabled the account since.
    ///
    /// - Parameter change: Makes the entry for the record from what is done.
    /// - Returns: Whether there was something to undo.
    func undo(_ name: AccountName, in store: Store, now: Timestamp, change: (_ action: String) -> Change)
        throws(StoreError) -> Bool
    {
        guard let here = try store.account(name), isOwn(here.disabledSince, until: here.disabledUntil) else {
            return false
        }
        if let until, until > now { return try store.disable(name, until: until, change: change("account disable")) }
        return try store.enable(name, change: change("account enable"))
    }

    // MARK: In a mark

    /// - Parameter octets: `length` of them.
    init(octets: ArraySlice<UInt8>) {
        self.init(
            since: Timestamp(octets: octets.prefix(Timestamp.length)),
            until: Timestamp(octets: octets.dropFirst(Timestamp.length)))
    }

    var octets: [UInt8] { Timestamp.octets(since) + Timestamp.octets(until) }
}

extension Timestamp {
    static let length = 8

    /// 0 for none.
    static func octets(_ moment: Timestamp?) -> [UInt8] { Imports.octets(moment?.seconds ?? 0) }

    init?(octets: ArraySlice<UInt8>) {
        let seconds = number(octets)
        if seconds == 0 { return nil }
        self.init(seconds)
    }
}

/// Eight octets, the lowest first.
func octets(_ number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

func number(_ octets: ArraySlice<UInt8>) -> Int64 { octets.reversed().reduce(0) { $0 << 8 | Int64($1) } }
