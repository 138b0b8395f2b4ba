#if hasFeature(Embedded)
    import CCheckpassword
#else
    import Glibc
#endif

extension Span<UInt8> {
    /// The index of the first such byte; nil if there is none. Uses memchr(3): the standard library compares one byte
    /// at a time, and each sign-in is searched four times.
    package func position(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let found = unsafe memchr(start, Int32(byte), bytes.count) else {
                return nil
            }
            return unsafe UnsafeRawPointer(found) - start
        }
    }

    /// Whether these bytes are the UTF-8 of a text.
    package func equals(_ text: StaticString) -> Bool {
        unsafe withUnsafeBytes { bytes in
            guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
            return unsafe memcmp(start, text.utf8Start, bytes.count) == 0
        }
    }
}

extension ArraySlice<UInt8> {
    /// The index of the first such byte; nil if there is none.
    package func position(of byte: UInt8) -> Int? { span.position(of: byte).map { startIndex + $0 } }
}

extension Array<UInt8> {
    /// Appends a copy of the bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
