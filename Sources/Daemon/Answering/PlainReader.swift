import Authentication
import Bytes
import Credentials
import WireProtocols

/// Reads the requests that most are: one message of PLAIN for a mail service from an IPv4 address or from nowhere, and nothing
/// besides. In buffers that are used again, and wiped.
struct PlainReader: ~Copyable {
    struct Reading {
        let verifier: AppPasswordVerifier
        let way: GrantTable.Way
    }

    /// Bytes of a message; longer ones have no app password in them.
    private static let longestMessage = 1024

    private let key: KeyedMAC
    private let defaultDomain: String
    private var buffer: [UInt8] = []
    private var secret: [UInt8] = []
    /// As it was given with the last request that was read.
    private(set) var userName: [UInt8] = []
    /// Its canonical form: ASCII, and nothing that a reply escapes.
    private(set) var name: [UInt8] = []

    var accountName: AccountName { AccountName(stored: String(decoding: name, as: UTF8.self)) }

    init(_ judge: Judge) {
        key = judge.keys.appPassword
        defaultDomain = judge.defaultDomain
        buffer.reserveCapacity(Self.longestMessage)
        secret.reserveCapacity(AppPasswordText.longestInput)
    }

    /// Nil for all others.
    mutating func read(_ request: DovecotAuthRequest, _ line: Span<UInt8>) -> Reading? {
        let response = line.extracting(request.response.range)
        guard request.isPlain(line), response.count / 4 * 3 < Self.longestMessage,
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

    /// What a generated app password of that name is found by. Nil where the secret is none, and for names beyond ASCII.
    mutating func verifier(_ userName: Span<UInt8>, _ text: Span<UInt8>) -> AppPasswordVerifier? {
        guard AccountName.readASCII(userName, defaultDomain: defaultDomain, into: &name) else { return nil }
        defer { wipeKeepingCapacity(&secret) }
        return AppPasswordText.readGenerated(text, into: &secret) ? key.verifier(name, secret) : nil
    }

    /// By the names that channels use most.
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
