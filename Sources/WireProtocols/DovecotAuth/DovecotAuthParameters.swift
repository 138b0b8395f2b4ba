package import Bytes

/// What the server in front knows about the session. A class, for the code in it has one owner.
package final class DovecotAuthParameters: Sendable {
    /// Octets of a parameter that are kept: more than any service, address or session has, and than the log takes.
    package static let longest = 256

    package let service: String
    package let remoteAddress: String
    package let session: [UInt8]?
    /// A second-factor code; empty: none.
    package let code: Secret
    package let wantsAppPassword: Bool
    package let masterUser: [UInt8]?

    init(_ request: DovecotAuthRequest, _ line: ArraySlice<UInt8>) throws(DovecotAuth.Malformed) {
        func value(_ place: DovecotAuthRequest.Place) throws(DovecotAuth.Malformed) -> ArraySlice<UInt8>? {
            guard place.isThere else { return nil }
            let raw = line.dropFirst(place.range.lowerBound).prefix(place.range.count)
            guard let value = TabEscape.decode(raw) else { throw DovecotAuth.Malformed(what: "bad escape") }
            return value.prefix(Self.longest)
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
