import Glibc

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 bytes in network byte order.
    package let bytes: [UInt8]

    /// Whether it is an IPv4 address.
    package var isIPv4: Bool { bytes.count == 4 }

    /// Bytes of the longest text form of an IPv6 address, without a zone (`INET6_ADDRSTRLEN` less its NUL).
    private static let maxTextLength = 45

    /// Reads strict text forms only (inet_pton(3)): no zone, no brackets, no `0x7f000001`, no `0`.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maxTextLength, !text.utf8.contains(0) else { return nil }
        var text = text
        let four = text.withUTF8 { Self.readIPv4(unsafe Span(_unsafeElements: $0)) }
        if let four {
            self.init(ipv4: four)
        } else if let sixteen = Self.parse(text, family: AF_INET6, count: 16) {
            let mapped = sixteen[0..<10].allSatisfy { $0 == 0 } && sixteen[10] == 0xff && sixteen[11] == 0xff
            self.init(bytes: mapped ? Array(sixteen[12...]) : sixteen)
        } else {
            return nil
        }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Makes an IPv4 address.
    ///
    /// - Parameter address: The address with its first number in the highest bits.
    package init(ipv4 address: UInt32) {
        bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
    }

    /// Reads four decimal numbers without leading zeros, as inet_pton(3) requires, so that each address has one text
    /// form only; nil for anything else. The first number is in the highest bits of the result.
    package static func readIPv4(_ text: Span<UInt8>) -> UInt32? {
        guard (7...15).contains(text.count) else { return nil }
        var (address, number, digits, dots) = (UInt32(0), UInt32(0), 0, 0)
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                address = address << 8 | number
                (number, digits, dots) = (0, 0, dots + 1)
                continue
            }
            guard (0x30...0x39).contains(byte), digits == 0 || number > 0 else { return nil }
            number = number * 10 + UInt32(byte - 0x30)
            digits += 1
            guard number <= 255 else { return nil }
        }
        return digits > 0 && dots == 3 ? address << 8 | number : nil
    }

    package var description: String {
        guard isIPv4 else { return longText }
        // inet_ntop(3) uses sprintf for IPv4, which takes as long as looking up an account.
        var text: [UInt8] = []
        text.reserveCapacity(16)
        for byte in bytes {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            if byte >= 100 { text.append(0x30 + byte / 100) }
            if byte >= 10 { text.append(0x30 + byte / 10 % 10) }
            text.append(0x30 + byte % 10)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private var longText: String {
        let capacity = Self.maxTextLength + 1
        return unsafe String(unsafeUninitializedCapacity: capacity) { text in
            let characters = unsafe UnsafeMutableRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
            guard let characters = unsafe characters else { return 0 }
            return unsafe inet_ntop(AF_INET6, bytes, characters, socklen_t(capacity)) == nil ? 0 : strlen(characters)
        }
    }

    private static func parse(_ text: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}
