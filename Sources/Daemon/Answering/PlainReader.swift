import Authentication
import Bytes
import Credentials
import WireProtocols

/// Reads the most common kind of request: a PLAIN message for a mail service, with an IPv4 address or none, and without
/// escapes or Postern's own parameters. Its buffers are reused, and wiped after each request.
struct PlainReader: ~Copyable {
    struct Reading {
        let verifier: AppPasswordVerifier
        let way: GrantTable.Way
    }

    /// Maximum length of a message in bytes; longer ones hold no generated app password.
    private static let maxMessageLength = 1024

    private let key: KeyedMAC
    private let defaultDomain: String
    private var buffer: [UInt8] = []
    private var secret: [UInt8] = []
    /// The user name as the last request gave it.
    private(set) var userName: [UInt8] = []
    /// Its canonical form: ASCII, without bytes that a reply would escape.
    private(set) var name: [UInt8] = []

    var accountName: AccountName { AccountName(stored: String(decoding: name, as: UTF8.self)) }

    init(_ judge: Judge) {
        key = judge.keys.appPassword
        defaultDomain = judge.defaultDomain
        buffer.reserveCapacity(Self.maxMessageLength)
        secret.reserveCapacity(AppPasswordText.maxInputLength)
    }

    /// Reads a request; nil for every other kind.
    mutating func read(_ request: DovecotAuthRequest, _ line: Span<UInt8>) -> Reading? {
        let response = line.extracting(request.response.range)
        guard request.isPlain(line), response.count / 4 * 3 < Self.maxMessageLength,
            let service = Self.service(line.extracting(request.service.range))
        else { return nil }
        let address = IPAddress.readIPv4(line.extracting(request.remoteAddress.range))
        guard address != nil || request.remoteAddress.range.isEmpty else { return nil }
        var message: [UInt8] = []
        swap(&message, &buffer)
        defer {
            wipeKeepingCapacity(&message)
            swap(&message, &buffer)
        }
        guard Base64.decode(response, into: &message), let parts = SASLExchange.split(message.span),
            parts.identity.isEmpty
        else { return nil }
        let name = message.span.extracting(parts.userName)
        guard let verifier = verifier(name, message.span.extracting(parts.secret)) else { return nil }
        userName.removeAll(keepingCapacity: true)
        userName.append(name)
        return Reading(verifier: verifier, way: GrantTable.Way(address: address, service: service))
    }

    /// The verifier by which the store finds a generated app password. Nil if `text` is not one, or if the name is not
    /// ASCII.
    mutating func verifier(_ userName: Span<UInt8>, _ text: Span<UInt8>) -> AppPasswordVerifier? {
        guard AccountName.readASCII(userName, defaultDomain: defaultDomain, into: &name) else { return nil }
        defer { wipeKeepingCapacity(&secret) }
        return AppPasswordText.readGenerated(text, into: &secret) ? key.verifier(name, secret) : nil
    }

    /// The mail service of this name; only the most common names.
    private static func service(_ name: Span<UInt8>) -> Service? {
        switch name.count {
        case 4 where name.equals("imap"): .imap
        case 4 where name.equals("smtp"): .smtp
        case 4 where name.equals("pop3"): .pop3
        case 5 where name.equals("sieve"): .sieve
        default: nil
        }
    }
}
