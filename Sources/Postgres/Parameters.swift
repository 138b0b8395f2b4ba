import SQL

/// The parameters of a statement in libpq's binary form.
struct Parameters {
    /// Of a type and of its arrays (src/include/catalog/pg_type.dat).
    private enum TypeID {
        static let integer: (one: UInt32, many: UInt32) = (20, 1016)
        static let text: (one: UInt32, many: UInt32) = (25, 1009)
        static let blob: (one: UInt32, many: UInt32) = (17, 1001)
    }

    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    /// The place of each in `bytes`; nil: NULL.
    private var places: [Range<Int>?] = []

    init(_ values: [Value]) {
        for value in values {
            let start = bytes.count
            let isNull =
                switch value {
                case .integer(let number): append(TypeID.integer.one, number) { $0.append($1) }
                case .text(let text): append(TypeID.text.one, text) { $0.append($1) }
                case .blob(let blob): append(TypeID.blob.one, blob) { $0.append($1) }
                }
            places.append(isNull ? nil : start..<bytes.count)
        }
        end()
    }

    /// Arrays have one dimension (`array_recv` in src/backend/utils/adt/arrayfuncs.c).
    init(_ columns: [Column]) {
        for column in columns {
            let start = bytes.count
            switch column {
            case .integers(let numbers): append(TypeID.integer, numbers) { $0.append($1) }
            case .texts(let texts): append(TypeID.text, texts) { $0.append($1) }
            case .blobs(let blobs): append(TypeID.blob, blobs) { $0.append($1) }
            }
            places.append(start..<bytes.count)
        }
        end()
    }

    /// Adds a value.
    ///
    /// - Returns: Whether it is NULL.
    private mutating func append<V>(_ type: UInt32, _ value: V?, _ write: (inout [UInt8], V) -> Void) -> Bool {
        types.append(type)
        guard let value else { return true }
        write(&bytes, value)
        return false
    }

    private mutating func append<V>(
        _ type: (one: UInt32, many: UInt32), _ values: [V?], _ write: (inout [UInt8], V) -> Void
    ) {
        types.append(type.many)
        let (dimensions, mayBeNull, lowest): (Int32, Int32, Int32) = (1, 1, 1)
        bytes.append(dimensions)
        bytes.append(mayBeNull)
        bytes.append(type.one)
        bytes.append(Int32(values.count))
        bytes.append(lowest)
        for value in values {
            let length = bytes.count
            bytes.append(Int32(-1))
            guard let value else { continue }
            write(&bytes, value)
            let written = Int32(bytes.count - length - 4)
            for index in 0..<4 { bytes[length + index] = UInt8(truncatingIfNeeded: written >> (24 - 8 * index)) }
        }
    }

    /// An address inside is needed even if all are empty.
    private mutating func end() { bytes.append(0) }

    /// Calls `body` with the number of parameters, their addresses, lengths and formats.
    func withPointers<R>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> R
    ) -> R {
        let lengths = places.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: places.count)
        return unsafe bytes.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let addresses = unsafe places.map { place in
                unsafe place.flatMap { unsafe start?.advanced(by: $0.lowerBound) }
            }
            return unsafe body(Int32(places.count), addresses, lengths, formats)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append<N: FixedWidthInteger>(_ number: N) {
        unsafe Swift.withUnsafeBytes(of: number.bigEndian) { unsafe append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ text: String) { self += text.utf8 }

    fileprivate mutating func append(_ blob: [UInt8]) { self += blob }
}
