import Authentication
import Bytes
import Credentials

/// Grants by their verifiers, dense: no object and no array for each, and no entry is moved when it grows.
struct GrantTable {
    /// In an order that leaves few gaps: it is what a million people take, and what fits into a processor's caches.
    struct Entry {
        let verifier: AppPasswordVerifier
        /// The account's.
        let generation: Int64
        /// When the first of `ways` was handed on.
        var marked: Timestamp
        /// Nil: there is more to be judged.
        let standing: Standing?
        /// How many ways in have been handed on since `marked`.
        var ways: UInt8
        /// The last of them.
        var way: Way?
        /// Where its texts end, from `start` on.
        fileprivate let ends: (id: UInt16, appPassword: UInt16, mailbox: UInt16)
        /// The block of its texts, and where they begin there.
        fileprivate var block: UInt32
        fileprivate var start: UInt32

        /// Whether its account has fields of its own.
        var hasMailbox: Bool { ends.mailbox > ends.appPassword }
    }

    struct Way: Equatable {
        /// IPv4; nil: none was given.
        let address: UInt32?
        let service: Service
    }

    /// What an answer is made of, besides the account's name.
    struct Texts {
        /// For the log: its id, and what follows.
        let appPassword: [UInt8]
        let idLength: Int
        /// Fields of the reply, encoded; empty: those of all accounts that have none of their own.
        let mailbox: [UInt8]

        fileprivate var length: Int { appPassword.count + mailbox.count }
    }

    private static let entriesPerBlock = 1024
    private static let textPerBlock = 131_072
    /// Bytes of one entry's texts.
    private static let longestTexts = 4096

    private var entries: [[Entry]] = []
    private var texts: [[UInt8]] = []
    private(set) var count = 0
    /// By the verifier's own bits: one more than the number of an entry, or 0. Twice as many as there are entries, at least.
    private var places: [UInt32]

    init() { places = Array(repeating: 0, count: 1024) }

    /// Of memory.
    var bytes: Int {
        entries.count * Self.entriesPerBlock * MemoryLayout<Entry>.stride + texts.count * Self.textPerBlock
            + places.count * MemoryLayout<UInt32>.stride
    }

    subscript(index: Int) -> Entry {
        get { entries[index / Self.entriesPerBlock][index % Self.entriesPerBlock] }
        _modify { yield &entries[index / Self.entriesPerBlock][index % Self.entriesPerBlock] }
    }

    func find(_ verifier: AppPasswordVerifier) -> Int? {
        var place = Int(truncatingIfNeeded: verifier.hash) & (places.count - 1)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if self[index].verifier == verifier { return index }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    /// - Parameter verifier: One that is not among them.
    /// - Returns: The number of the entry. One whose texts are too long is left to be judged.
    mutating func add(
        _ verifier: AppPasswordVerifier, _ account: AccountState, _ appPassword: AppPassword, _ new: Texts
    ) -> Int {
        let isShort = new.length <= Self.longestTexts && new.idLength <= new.appPassword.count
        let new = isShort ? new : Texts(appPassword: [], idLength: 0, mailbox: [])
        let place = room(for: new.length)
        texts[texts.count - 1] += new.appPassword
        texts[texts.count - 1] += new.mailbox
        add(
            Entry(
                verifier: verifier, generation: account.generation, marked: Timestamp(0),
                standing: isShort ? Standing(appPassword, account: account) : nil, ways: 0, way: nil,
                ends: (UInt16(new.idLength), UInt16(new.appPassword.count), UInt16(new.length)), block: place.block,
                start: place.start))
        return count - 1
    }

    /// Adds an entry of another table.
    mutating func add(_ index: Int, of other: GrantTable) {
        var entry = other[index]
        let place = room(for: Int(entry.ends.mailbox))
        other.append(entry, 0, entry.ends.mailbox, to: &texts[texts.count - 1])
        (entry.block, entry.start) = place
        add(entry)
    }

    /// Where so many bytes go, at the end of the last block.
    private mutating func room(for length: Int) -> (block: UInt32, start: UInt32) {
        if texts.last.map({ $0.count + length > Self.textPerBlock }) ?? true {
            texts.append([])
            texts[texts.count - 1].reserveCapacity(Self.textPerBlock)
        }
        return (UInt32(texts.count - 1), UInt32(texts[texts.count - 1].count))
    }

    private mutating func add(_ entry: Entry) {
        if count % Self.entriesPerBlock == 0 {
            entries.append([])
            entries[entries.count - 1].reserveCapacity(Self.entriesPerBlock)
        }
        entries[entries.count - 1].append(entry)
        count += 1
        if count * 2 > places.count {
            places = Array(repeating: 0, count: places.count * 2)
            for index in 0..<count { enter(index) }
        } else {
            enter(count - 1)
        }
    }

    private mutating func enter(_ index: Int) {
        var place = Int(truncatingIfNeeded: self[index].verifier.hash) & (places.count - 1)
        while places[place] != 0 { place = (place + 1) & (places.count - 1) }
        places[place] = UInt32(index + 1)
    }

    // MARK: Its texts

    func id(_ entry: Entry) -> String {
        let start = Int(entry.start)
        return String(decoding: texts[Int(entry.block)][start..<start + Int(entry.ends.id)], as: UTF8.self)
    }

    func appendAppPassword(_ entry: Entry, to bytes: inout [UInt8]) {
        append(entry, 0, entry.ends.appPassword, to: &bytes)
    }

    func appendMailbox(_ entry: Entry, to bytes: inout [UInt8]) {
        append(entry, entry.ends.appPassword, entry.ends.mailbox, to: &bytes)
    }

    private func append(_ entry: Entry, _ from: UInt16, _ to: UInt16, to bytes: inout [UInt8]) {
        let block = texts[Int(entry.block)]
        let start = Int(entry.start)
        bytes.append(block.span.extracting(start + Int(from)..<start + Int(to)))
    }
}
