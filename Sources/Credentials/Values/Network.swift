/// The origin of a client, as coarse as guesses are counted: an IPv4 address, an IPv6 /64, or unknown.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes, 8 bytes, or none if the channel gives no address.
    package let bytes: [UInt8]

    /// The network of a client. Clients behind NAT64 share a /64 but have an IPv4 address each, which is used instead.
    package init(of address: IPAddress?) {
        self.init(exactly: address.map { $0.embeddedIPv4 ?? $0 })
    }

    /// The network of an address as it is written, for networks that an operator names.
    package init(exactly address: IPAddress?) {
        bytes = address.map { $0.isIPv4 ? $0.bytes : Array($0.bytes.prefix(8)) } ?? []
    }

    /// Wraps a network as it is stored.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Whether this is the network of attempts without an address.
    package var isUnknown: Bool { bytes.isEmpty }

    package var description: String {
        switch bytes.count {
        case 4: IPAddress(bytes: bytes).description
        case 8: IPAddress(bytes: bytes + [UInt8](repeating: 0, count: 8)).description + "/64"
        default: "unknown"
        }
    }
}

extension CIDR {
    /// Whether the block and the network share addresses; one of them then contains the other.
    package func overlaps(_ network: Network) -> Bool {
        let common = min(prefixLength, network.bytes.count * 8)
        let isSameKind = network.bytes.count == (address.isIPv4 ? 4 : 8)
        return isSameKind
            && (0..<common).allSatisfy { Self.bit($0, of: network.bytes) == Self.bit($0, of: address.bytes) }
    }
}

extension IPAddress {
    /// The IPv4 address in an address of the well-known prefix 64:ff9b::/96 (RFC 6052, section 2.1), if it is global
    /// (section 3.1); otherwise nil.
    var embeddedIPv4: IPAddress? {
        guard bytes.count == 16, bytes.prefix(12).elementsEqual(Self.nat64Prefix) else { return nil }
        let address = IPAddress(bytes: Array(bytes[12...]))
        return Self.notGlobal.contains { $0.contains(address) } ? nil : address
    }

    private static let nat64Prefix: [UInt8] = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]

    /// Addresses that are not globally reachable according to IANA's registry of special-purpose addresses, and
    /// multicast.
    private static let notGlobal = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
    ].compactMap { CIDR($0) }
}
