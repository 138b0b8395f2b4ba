import SQL

/// The parameters of a statement in libpq's binary form.
struct Parameters {
    /// Of int8, text and bytea (src/include/catalog/pg_type.dat).
    private static let integerType: UInt32 = 20
    private static let textType: UInt32 = 25
    private static let blobType: UInt32 = 17

    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    /// The place of each in `bytes`; nil: NULL.
    private var places: [Range<Int>?] = []

    init(_ values: [Value]) {
        for value in values {
            let start = bytes.count
            let isNull: Bool
            switch value {
            case .integer(let number):
                types.append(Self.integerType)
                isNull = number == nil
                if let number { unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) } }
            case .text(let text):
                types.append(Self.textType)
                isNull = text == nil
                if let text { bytes += text.utf8 }
            case .blob(let blob):
                types.append(Self.blobType)
                isNull = blob == nil
                if let blob { bytes += blob }
            }
            places.append(isNull ? nil : start..<bytes.count)
        }
        // An address inside is needed even if all are empty.
        bytes.append(0)
    }

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
