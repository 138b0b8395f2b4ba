/// The last entries of a process, by a MAC of what they are of; bounded. Two halves: when the newer one is full, the older one
/// goes. An entry that is used moves to the newer.
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
