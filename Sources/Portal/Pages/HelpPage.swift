import Hummingbird
import NIOCore

/// Server names for mail programs, readable without a sign-in, and the two files that every page loads.
extension Pages {
    func helpPage(_ request: Request, _ visit: Visit) async throws -> Response {
        let account = visit.session == nil ? nil : try? await ask("second-factor", visit)["account"]
        return page("help", "title_help", visit, account: account ?? nil, servers(visit.language))
    }

    static func file(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
