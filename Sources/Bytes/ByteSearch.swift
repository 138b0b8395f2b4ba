import Glibc

extension ArraySlice<UInt8> {
    /// Where the byte first is, found by memchr(3): the standard library looks at them one at a time, and each sign-in is
    /// looked through four times.
    package func place(of byte: UInt8) -> Int? {
        unsafe withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let found = unsafe memchr(start, Int32(byte), bytes.count) else {
                return nil
            }
            return unsafe startIndex + (UnsafeRawPointer(found) - start)
        }
    }

    package func equals(_ text: StaticString) -> Bool {
        unsafe count == text.utf8CodeUnitCount
            && withUnsafeBytes {
                unsafe memcmp($0.baseAddress ?? UnsafeRawPointer(text.utf8Start), text.utf8Start, $0.count) == 0
            }
    }
}
