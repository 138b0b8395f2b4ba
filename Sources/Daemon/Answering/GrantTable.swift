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
        /// Bytes of its texts.
        fileprivate let lengths: (id: UInt16, appPassword: UInt16, mailbox: UInt16)
        /// For the log, if it fits: text elsewhere is another cache miss.
        fileprivate let short: InlineArray<24, UInt8>
        /// The block of the other texts, and where they begin there.
        fileprivate var block: UInt32
        fileprivate var start: UInt32

        /// Whether its account has fields of its own.
        var hasMailbox: Bool { lengths.mailbox > 0 }

        fileprivate var isShort: Bool { lengths.appPassword <= short.count }
        fileprivate var lengthInBlock: Int { Int(lengths.mailbox) + (isShort ? 0 : Int(lengths.appPassword)) }
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
        let fits = new.length <= Self.longestTexts && new.idLength <= new.appPassword.count
        let new = fits ? new : Texts(appPassword: [], idLength: 0, mailbox: [])
        let text = new.appPassword
        var entry = Entry(
            verifier: verifier, generation: account.generation, marked: Timestamp(0),
            standing: fits ? Standing(appPassword, account: account) : nil, ways: 0, way: nil,
            lengths: (UInt16(new.idLength), UInt16(text.count), UInt16(new.mailbox.count)),
            short: InlineArray { $0 < text.count ? text[$0] : 0 }, block: 0, start: 0)
        (entry.block, entry.start) = room(for: entry.lengthInBlock)
        if !entry.isShort { texts[texts.count - 1] += text }
        texts[texts.count - 1] += new.mailbox
        add(entry)
        return count - 1
    }

    /// Adds an entry of another table.
    mutating func add(_ index: Int, of other: GrantTable) {
        var entry = other[index]
        let place = room(for: entry.lengthInBlock)
        other.append(entry, 0..<entry.lengthInBlock, to: &texts[texts.count - 1])
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
        var text: [UInt8] = []
        appendAppPassword(entry, to: &text)
        return String(decoding: text[..<Int(entry.lengths.id)], as: UTF8.self)
    }

    func appendAppPassword(_ entry: Entry, to bytes: inout [UInt8]) {
        let place = 0..<Int(entry.lengths.appPassword)
        entry.isShort ? bytes.append(entry.short.span.extracting(place)) : append(entry, place, to: &bytes)
    }

    func appendMailbox(_ entry: Entry, to bytes: inout [UInt8]) {
        let end = entry.lengthInBlock
        append(entry, end - Int(entry.lengths.mailbox)..<end, to: &bytes)
    }

    /// Of what lies in its block.
    private func append(_ entry: Entry, _ place: Range<Int>, to bytes: inout [UInt8]) {
        let (block, start) = (texts[Int(entry.block)], Int(entry.start))
        bytes.append(block.span.extracting(start + place.lowerBound..<start + place.upperBound))
    }
}
