/// A block of addresses, as written in `--network`: `198.51.100.0/24`, `2001:db8::/32`, or one bare address.
package struct CIDR: Hashable, Sendable, CustomStringConvertible {
    let address: IPAddress
    let prefixLength: Int

    /// Reads a block; nil for bad syntax and for bits set beyond the prefix, which are nearly always a typing error.
    package init?(_ text: String) {
        self.init(masking: text)
        guard IPAddress(String(text.prefix { $0 != "/" })) == address else { return nil }
    }

    /// Reads a block and clears the bits beyond its prefix, as most other programs do.
    package init?(masking text: String) {
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        guard let address = IPAddress(String(text[..<(slash ?? text.endIndex)])) else { return nil }
        let width = address.bytes.count * 8
        var length = width
        if let slash {
            let digits = text.utf8[text.utf8.index(after: slash)...]
            guard digits.count <= 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let given = Int(Substring(digits)), given <= width
            else { return nil }
            length = given
        }
        var bytes = address.bytes
        for index in length..<width { bytes[index / 8] &= ~(0x80 >> UInt8(index % 8)) }
        self.address = IPAddress(bytes: bytes)
        prefixLength = length
    }

    /// Whether the address is in the block.
    package func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count
            && (0..<prefixLength).allSatisfy { Self.bit($0, of: other.bytes) == Self.bit($0, of: address.bytes) }
    }

    /// Whether all addresses of the other block are in this one.
    package func contains(_ other: CIDR) -> Bool { prefixLength <= other.prefixLength && contains(other.address) }

    package var description: String {
        prefixLength == address.bytes.count * 8 ? "\(address)" : "\(address)/\(prefixLength)"
    }

    static func bit(_ index: Int, of bytes: [UInt8]) -> Bool {
        bytes[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }
}
