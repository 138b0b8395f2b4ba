#if hasFeature(Embedded)
    import CCheckpassword
#else
    import CPostern
#endif

/// Secret bytes with a single owner, wiped when it is destroyed.
@safe package struct Secret: ~Copyable, @unchecked Sendable {
    private let storage: UnsafeMutableRawBufferPointer

    /// The number of bytes.
    package var count: Int { unsafe storage.count }
    /// Whether it has no bytes.
    package var isEmpty: Bool { count == 0 }

    /// Copies bytes; the caller has to wipe the original.
    package init(_ bytes: [UInt8]) {
        self.init(emptyOf: bytes.count)
        unsafe storage.copyBytes(from: bytes)
    }

    /// Copies bytes that another owner wipes.
    package init(copying bytes: UnsafeRawBufferPointer) {
        self.init(emptyOf: bytes.count)
        unsafe storage.copyMemory(from: bytes)
    }

    /// Copies bytes and wipes the original.
    package init(wiping bytes: inout [UInt8]) {
        self.init(bytes)
        wipe(&bytes)
    }

    private init(emptyOf count: Int) {
        // Most attempts have no code: an empty secret allocates nothing.
        unsafe storage =
            count == 0 ? UnsafeMutableRawBufferPointer(start: nil, count: 0) : .allocate(byteCount: count, alignment: 1)
    }

    /// Makes a copy for a second owner, wiped on its own.
    package func copy() -> Secret {
        let copy = Secret(emptyOf: count)
        unsafe copy.storage.copyMemory(from: UnsafeRawBufferPointer(storage))
        return copy
    }

    /// Returns a new secret with other bytes before and after these.
    package func between(_ before: [UInt8], _ after: [UInt8]) -> Secret {
        let whole = Secret(emptyOf: before.count + count + after.count)
        unsafe whole.storage.copyBytes(from: before)
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: whole.storage[before.count...])
        unsafe rest.copyMemory(from: UnsafeRawBufferPointer(storage))
        unsafe UnsafeMutableRawBufferPointer(rebasing: rest[count...]).copyBytes(from: after)
        return whole
    }

    /// Returns a new secret that lacks one byte, wherever it occurs.
    package func without(_ byte: UInt8) -> Secret {
        var rest: [UInt8] = []
        rest.reserveCapacity(count)
        for index in 0..<count where unsafe storage[index] != byte { unsafe rest.append(storage[index]) }
        return Secret(wiping: &rest)
    }

    deinit {
        unsafe postern_wipe(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    /// Calls `body` with the bytes, which are valid only during the call.
    ///
    /// - Throws: What `body` throws.
    package func withBytes<R: ~Copyable, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(storage))
    }

    /// Calls `body` with the bytes and a line feed, in an array that is wiped after the call.
    package func withLine<R>(_ body: ([UInt8]) -> R) -> R {
        var line = unsafe storage + [UInt8(ascii: "\n")]
        defer { wipe(&line) }
        return body(line)
    }

    /// Whether `body` is true for all bytes; stops at the first for which it is false.
    package func allSatisfy(_ body: (UInt8) -> Bool) -> Bool {
        for index in 0..<count where unsafe !body(storage[index]) { return false }
        return true
    }

    /// Compares in a time that depends on the lengths only.
    package func equals(_ other: borrowing Secret) -> Bool {
        guard count == other.count else { return false }
        return unsafe postern_equal(storage.baseAddress, other.storage.baseAddress, count) == 1
    }
}

/// Overwrites and empties an array that held a secret.
package func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe postern_wipe($0.baseAddress, $0.count) }
    bytes = []
}

/// Overwrites and empties an array that is used again, and keeps its memory.
package func wipeKeepingCapacity(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe postern_wipe($0.baseAddress, $0.count) }
    bytes.removeAll(keepingCapacity: true)
}

/// Compares in a time that depends on the lengths only.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    unsafe left.count == right.count && postern_equal(left, right, left.count) == 1
}
