import Bytes
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
        var way: Way?
        var marked: Timestamp
    }

    struct Way: Equatable {
        let service: Service
        /// IPv4; nil: none was given.
        let address: UInt32?
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
                ends: (ends[0], ends[1], ends[2], ends[3], ends[4]), way: nil, marked: Timestamp(0)))
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

    func account(_ entry: Entry) -> String { text(entry, 0, entry.ends.name) }

    func id(_ entry: Entry) -> String { text(entry, entry.ends.name, entry.ends.id) }

    private func text(_ entry: Entry, _ from: UInt16, _ to: UInt16) -> String {
        String(decoding: texts[entry.start + Int(from)..<entry.start + Int(to)], as: UTF8.self)
    }

    func appendMessage(_ entry: Entry, to bytes: inout [UInt8]) {
        bytes.append(texts.span.extracting(entry.start + Int(entry.ends.id)..<entry.start + Int(entry.ends.message)))
    }

    func appendFields(_ entry: Entry, withMailbox: Bool, to bytes: inout [UInt8]) {
        let end = Int(withMailbox ? entry.ends.mailbox : entry.ends.user)
        bytes.append(texts.span.extracting(entry.start + Int(entry.ends.message)..<entry.start + end))
    }
}
