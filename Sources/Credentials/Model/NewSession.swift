/// A webmail session to be opened, and its app password.
package struct NewSession: Sendable {
    /// The webmail's own name for the session.
    package let session: [UInt8]
    /// The id of its app password.
    package let id: String
    /// The MAC of the app password's canonical text.
    package let mac: [UInt8]
    /// Networks that the app password may be used from.
    package let networks: [CIDR]
    /// When the session begins.
    package let now: Timestamp

    /// Makes a session that is to be opened.
    package init(session: [UInt8], id: String, mac: [UInt8], networks: [CIDR], now: Timestamp) {
        self.session = session
        self.id = id
        self.mac = mac
        self.networks = networks
        self.now = now
    }
}
