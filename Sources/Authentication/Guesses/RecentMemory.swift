/// A bounded memory of recent entries, by a MAC. It has two halves: when the newer one is full, it replaces the older
/// one. An entry that is recalled moves to the newer half.
struct RecentMemory<Entry> {
    private let limit: Int
    private var newer: [[UInt8]: Entry] = [:]
    private var older: [[UInt8]: Entry] = [:]

    /// - Parameter limit: Entries of one half.
    init(limit: Int) { self.limit = limit }

    mutating func add(_ entry: Entry, _ key: [UInt8]) {
        if newer.count >= limit {
            older = newer
            newer = [:]
        }
        newer[key] = entry
    }

    mutating func recall(_ key: [UInt8]) -> Entry? {
        if let entry = newer[key] { return entry }
        guard let entry = older.removeValue(forKey: key) else { return nil }
        add(entry, key)
        return entry
    }
}
