import Authentication
import Bytes
import Credentials

/// Grants by verifier, stored densely: no object and no array for each grant, and growth moves no entry.
struct GrantTable {
    /// The order of the fields leaves few gaps: an entry's size decides how much memory a million people take, and how
    /// many fit into a processor's caches.
    struct Entry {
        let verifier: AppPasswordVerifier
        /// The account's generation.
        let generation: Int64
        /// When the first sign-in of `ways` was recorded.
        var marked: Timestamp
        /// Nil if more than service and time must be checked.
        let standing: Standing?
        /// Number of sign-ins recorded since `marked`, up to one more than `KnownGrants.maxWays`.
        var ways: UInt8
        /// The way of the last recorded sign-in.
        var way: Way?
        /// Lengths of its texts in bytes.
        fileprivate let lengths: (id: UInt16, appPassword: UInt16, mailbox: UInt16)
        /// The app password's text for the log, if it fits: text in a block would be another cache miss.
        fileprivate let short: InlineArray<24, UInt8>
        /// The block that holds the other texts, and their offset in it.
        fileprivate var block: UInt32
        fileprivate var start: UInt32

        /// Whether mailbox fields are stored for its account.
        var hasMailbox: Bool { lengths.mailbox > 0 }

        fileprivate var isShort: Bool { lengths.appPassword <= short.count }
        fileprivate var lengthInBlock: Int { Int(lengths.mailbox) + (isShort ? 0 : Int(lengths.appPassword)) }
    }

    /// From where a sign-in came, and to which service.
    struct Way: Equatable {
        /// IPv4; nil if no address was given.
        let address: UInt32?
        let service: Service
    }

    /// The parts of an answer, besides the account's name.
    struct Texts {
        /// The app password as the log shows it: its id, then its name.
        let appPassword: [UInt8]
        let idLength: Int
        /// Encoded mailbox fields of the reply; empty if the account has none of its own.
        let mailbox: [UInt8]

        fileprivate var length: Int { appPassword.count + mailbox.count }
    }

    private static let entriesPerBlock = 1024
    private static let textPerBlock = 131_072
    /// Maximum length of one entry's texts, in bytes.
    private static let maxTextsLength = 4096

    private var entries: [[Entry]] = []
    private var texts: [[UInt8]] = []
    private(set) var count = 0
    /// A hash table with open addressing, by the low bits of the verifier: one more than the number of an entry, or 0.
    /// It has at least twice as many slots as there are entries.
    private var places: [UInt32]

    init() { places = Array(repeating: 0, count: 1024) }

    /// Bytes of memory that the table takes.
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

    /// Adds an entry. If its texts are too long, it gets no standing and cannot be answered from here.
    ///
    /// - Parameter verifier: Must not be in the table yet.
    /// - Returns: The number of the entry.
    mutating func add(
        _ verifier: AppPasswordVerifier, _ account: AccountState, _ appPassword: AppPassword, _ new: Texts
    ) -> Int {
        let fits = new.length <= Self.maxTextsLength && new.idLength <= new.appPassword.count
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

    /// Makes room for `length` bytes at the end of the last block.
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

    // MARK: Texts

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

    /// Appends a part of the texts that an entry has in its block.
    private func append(_ entry: Entry, _ place: Range<Int>, to bytes: inout [UInt8]) {
        let (block, start) = (texts[Int(entry.block)], Int(entry.start))
        bytes.append(block.span.extracting(start + place.lowerBound..<start + place.upperBound))
    }
}
