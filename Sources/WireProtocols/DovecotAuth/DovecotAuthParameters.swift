package import Bytes

/// What the mail server says about a request. A class, since the code in it can have one owner only.
package final class DovecotAuthParameters: Sendable {
    /// As the mail server wrote it; not validated.
    package let service: String
    /// As the mail server wrote it; empty: not given.
    package let remoteAddress: String
    /// Nil: not given.
    package let session: [UInt8]?
    /// A second-factor code; empty: none.
    package let code: Secret
    /// Whether a webmail asks for an app password for its session.
    package let wantsAppPassword: Bool
    /// The master user whose secret Dovecot accepted; nil: none.
    package let masterUser: [UInt8]?

    init(_ request: DovecotAuthRequest, _ line: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) {
        func value(_ field: DovecotAuthRequest.Field) throws(DovecotAuth.Malformed) -> ArraySlice<UInt8>? {
            guard field.isPresent else { return nil }
            let raw = line.dropFirst(field.range.lowerBound).prefix(field.range.count)
            guard let value = TabEscape.decode(raw) else { throw DovecotAuth.Malformed(what: "bad escape") }
            return value.prefix(DovecotAuth.maxParameterLength)
        }
        service = String(decoding: try value(request.service) ?? [], as: UTF8.self)
        remoteAddress = String(decoding: try value(request.remoteAddress) ?? [], as: UTF8.self)
        session = try value(request.session).map { Array($0) }
        masterUser = try value(request.masterUser).map { Array($0) }
        var bytes = Array(try value(request.code) ?? [])
        code = Secret(wiping: &bytes)
        wantsAppPassword = request.wantsAppPassword
    }
}
