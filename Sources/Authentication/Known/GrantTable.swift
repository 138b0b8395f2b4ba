import Credentials

/// Grants by their verifiers, dense: no object and no array for each.
struct GrantTable {
    struct Entry {
        let verifier: Verifier
        let standing: Standing
        /// The account's.
        let generation: Int64
        let isOfSession: Bool
        fileprivate let start: Int
        fileprivate let ends: (name: UInt16, id: UInt16, message: UInt16, user: UInt16, mailbox: UInt16)
        /// The way in that was handed on last, and when.
        var way: Int
        var marked: Timestamp
    }

    /// What an answer is made of.
    struct Texts {
        /// As stored.
        let account: [UInt8]
        /// Of the app password.
        let id: [UInt8]
        /// For the log.
        let message: [UInt8]
        /// Fields of the reply, encoded: for whoever wants the name, and what follows for whoever wants the mailbox.
        let user: [UInt8]
        let mailbox: [UInt8]
    }

    private var entries: [Entry] = []
    private var texts: [UInt8] = []
    /// By the verifier's own bits: one more than the place in `entries`, or 0. Twice as many as there are entries, at least.
    private var places: [UInt32]

    init() { places = Array(repeating: 0, count: 1024) }

    var count: Int { entries.count }

    subscript(index: Int) -> Entry {
        get { entries[index] }
        _modify { yield &entries[index] }
    }

    func find(_ verifier: Verifier) -> Int? {
        var place = Int(truncatingIfNeeded: verifier.hash) & (places.count - 1)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if entries[index].verifier == verifier { return index }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    /// Nothing is added whose texts are too long.
    ///
    /// - Parameter verifier: One that is not among them.
    mutating func add(_ verifier: Verifier, _ standing: Standing, _ grant: Grant, _ new: Texts) {
        let parts = [new.account, new.id, new.message, new.user, new.mailbox]
        guard parts.reduce(0, { $0 + $1.count }) <= UInt16.max else { return }
        let start = texts.count
        var ends: [UInt16] = []
        for text in parts {
            texts += text
            ends.append(UInt16(texts.count - start))
        }
        add(
            Entry(
                verifier: verifier, standing: standing, generation: grant.account.generation,
                isOfSession: grant.credential.isOfSession, start: start,
                ends: (ends[0], ends[1], ends[2], ends[3], ends[4]), way: 0, marked: Timestamp(0)))
    }

    private mutating func add(_ entry: Entry) {
        entries.append(entry)
        if entries.count * 2 > places.count {
            places = Array(repeating: 0, count: places.count * 2)
            for index in entries.indices { enter(index) }
        } else {
            enter(entries.count - 1)
        }
    }

    private mutating func enter(_ index: Int) {
        var place = Int(truncatingIfNeeded: entries[index].verifier.hash) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt32(index + 1)
    }

    /// Adds an entry of another table.
    mutating func add(_ index: Int, of other: GrantTable) {
        let entry = other.entries[index]
        let start = texts.count
        texts += other.texts[entry.start..<entry.start + Int(entry.ends.mailbox)]
        add(
            Entry(
                verifier: entry.verifier, standing: entry.standing, generation: entry.generation,
                isOfSession: entry.isOfSession, start: start, ends: entry.ends, way: entry.way, marked: entry.marked))
    }

    // MARK: Its texts

    func account(_ entry: Entry) -> ArraySlice<UInt8> { text(entry, 0, entry.ends.name) }
    func id(_ entry: Entry) -> ArraySlice<UInt8> { text(entry, entry.ends.name, entry.ends.id) }
    func message(_ entry: Entry) -> ArraySlice<UInt8> { text(entry, entry.ends.id, entry.ends.message) }
    func fields(_ entry: Entry, withMailbox: Bool) -> ArraySlice<UInt8> {
        text(entry, entry.ends.message, withMailbox ? entry.ends.mailbox : entry.ends.user)
    }

    private func text(_ entry: Entry, _ from: UInt16, _ to: UInt16) -> ArraySlice<UInt8> {
        texts[entry.start + Int(from)..<entry.start + Int(to)]
    }
}
