import Glibc

extension Span<UInt8> {
    /// Where the byte first is, found by memchr(3): the standard library looks at them one at a time, and each sign-in is
    /// looked through four times.
    package func place(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let found = unsafe memchr(start, Int32(byte), bytes.count) else {
                return nil
            }
            return unsafe UnsafeRawPointer(found) - start
        }
    }

    package func equals(_ text: StaticString) -> Bool {
        unsafe withUnsafeBytes { bytes in
            guard bytes.count == text.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
            return unsafe memcmp(start, text.utf8Start, bytes.count) == 0
        }
    }
}

extension ArraySlice<UInt8> {
    package func place(of byte: UInt8) -> Int? { span.place(of: byte).map { startIndex + $0 } }
}

extension Array<UInt8> {
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
