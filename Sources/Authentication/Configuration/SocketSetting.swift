/// The one setting that postern-checkpassword needs of a configuration file.
package enum SocketSetting {
    /// The default of `dovecot_socket`.
    package static let standard = "/run/postern/dovecot"

    /// Where posternd listens for Dovecot; nil if that is not clear, if the setting is empty, or if it is wrong. Other
    /// settings are not looked at, nor is it known whether they are right.
    package static func path(in text: [UInt8]) -> String? {
        guard var lines = ConfigurationText(text) else { return nil }
        var found: ArraySlice<UInt8>?
        while let line = lines.next() {
            guard line.name?.elementsEqual("dovecot_socket".utf8) == true else { continue }
            guard found == nil, line.value.first == UInt8(ascii: "/"), line.value.allSatisfy({ $0 < 0x80 }) else {
                return nil
            }
            found = line.value
        }
        return found.map { String(decoding: $0, as: UTF8.self) } ?? standard
    }
}
