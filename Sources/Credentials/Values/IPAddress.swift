import Glibc

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Network byte order: 4 or 16 of them.
    package let bytes: [UInt8]

    package var isIPv4: Bool { bytes.count == 4 }

    /// Longest text form of an IPv6 address, without zone (`INET6_ADDRSTRLEN` less its NUL).
    private static let longestText = 45

    /// Strict text forms only (inet_pton(3)): no zone, no brackets, no `0x7f000001`, no `0`.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longestText, !text.utf8.contains(0) else { return nil }
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

    /// - Parameter address: Its first number in the highest bits.
    package init(ipv4 address: UInt32) {
        bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
    }

    /// Four numbers without leading zeros, as inet_pton(3) wants them: so this is its one text form.
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
        // inet_ntop(3) prints it with sprintf, which takes as long as the look-up of an account.
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
        let capacity = Self.longestText + 1
        return unsafe String(unsafeUninitializedCapacity: capacity) { text in
            let characters = unsafe UnsafeMutableRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
            guard let characters = unsafe characters else { return 0 }
            return unsafe inet_ntop(AF_INET6, bytes, characters, socklen_t(capacity)) == nil ? 0 : strlen(characters)
        }
    }

    /// The IPv4 address in one of the well-known prefix 64:ff9b::/96 (RFC 6052, section 2.1), which has to be a global one
    /// (section 3.1); nil for others.
    var embeddedIPv4: IPAddress? {
        guard bytes.count == 16, bytes.prefix(12).elementsEqual(Self.nat64Prefix) else { return nil }
        let address = IPAddress(bytes: Array(bytes[12...]))
        return Self.notGlobal.contains { $0.contains(address) } ? nil : address
    }

    private static let nat64Prefix: [UInt8] = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]

    /// IANA's registry of special-purpose addresses: those that are not globally reachable, multicast included.
    private static let notGlobal = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
    ].compactMap { CIDR($0) }

    private static func parse(_ text: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return unsafe inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}

/// Where a client comes from, as coarse as guesses are counted: an IPv4 address, an IPv6 /64, or unknown.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes, 8 bytes, or none when the channel gives no address.
    package let bytes: [UInt8]

    /// Clients behind NAT64 share a /64 and have an IPv4 address each: that one counts.
    package init(of address: IPAddress?) {
        self.init(exactly: address.map { $0.embeddedIPv4 ?? $0 })
    }

    /// As the address is written: for what an operator says of networks.
    package init(exactly address: IPAddress?) {
        bytes = address.map { $0.isIPv4 ? $0.bytes : Array($0.bytes.prefix(8)) } ?? []
    }

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package var isUnknown: Bool { bytes.isEmpty }

    package var description: String {
        switch bytes.count {
        case 4: IPAddress(bytes: bytes).description
        case 8: IPAddress(bytes: bytes + [UInt8](repeating: 0, count: 8)).description + "/64"
        default: "unknown"
        }
    }
}

/// A block of addresses, as written in `--network`: `198.51.100.0/24`, `2001:db8::/32`, or one bare address.
package struct CIDR: Hashable, Sendable, CustomStringConvertible {
    private let address: IPAddress
    private let prefixLength: Int

    /// Nil for bad syntax and for set bits beyond the prefix, which are nearly always a typing error.
    package init?(_ text: String) {
        self.init(masking: text)
        guard IPAddress(String(text.prefix { $0 != "/" })) == address else { return nil }
    }

    /// The same with bits beyond the prefix put out, as most other programs read it.
    package init?(masking text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width = address.bytes.count * 8
        var length = width
        if parts.count == 2 {
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = Int(parts[1]), given <= width
            else { return nil }
            length = given
        }
        var bytes = address.bytes
        for index in length..<width { bytes[index / 8] &= ~(0x80 >> UInt8(index % 8)) }
        self.address = IPAddress(bytes: bytes)
        prefixLength = length
    }

    package func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count
            && (0..<prefixLength).allSatisfy { Self.bit($0, of: other.bytes) == Self.bit($0, of: address.bytes) }
    }

    /// Whether all addresses of the other block are in this one.
    package func contains(_ other: CIDR) -> Bool { prefixLength <= other.prefixLength && contains(other.address) }

    /// Whether the block and the network share addresses; one of them holds the other then.
    package func overlaps(_ network: Network) -> Bool {
        let common = min(prefixLength, network.bytes.count * 8)
        let isSameKind = network.bytes.count == (address.isIPv4 ? 4 : 8)
        return isSameKind
            && (0..<common).allSatisfy { Self.bit($0, of: network.bytes) == Self.bit($0, of: address.bytes) }
    }

    package var description: String {
        prefixLength == address.bytes.count * 8 ? "\(address)" : "\(address)/\(prefixLength)"
    }

    private static func bit(_ index: Int, of bytes: [UInt8]) -> Bool {
        bytes[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }
}
