import Bytes
import Glibc
import NIOCore
import NIOPosix
import WireProtocols

/// posternd's `account_socket`. Each question takes a connection of its own.
struct AccountDoor: Sendable {
    /// A field of a question; the value may be a secret.
    typealias Field = (name: String, value: [UInt8])

    /// Longer than posternd takes for a slow hash and the delay of a denial.
    private static let maxTime = TimeAmount.seconds(20)
    /// Bytes of a reply; posternd sends no more.
    private static let maxReply = 1 << 22

    let path: String

    /// Asks posternd.
    ///
    /// - Throws: `PageError.unavailable`, `.denied`, `.refused`.
    func ask(_ verb: String, _ fields: [Field]) async throws -> AccountAnswer {
        let answer: AccountAnswer?
        do { answer = try await exchange(line(verb, fields)) } catch { throw PageError.unavailable }
        guard let answer, let ending = AccountReply.Ending(rawValue: answer.ending) else {
            throw PageError.unavailable
        }
        switch ending {
        case .ok: return answer
        case .denied: throw PageError.denied
        case .refused: throw PageError.refused(code: answer["code"] ?? "", value: answer["value"])
        case .unavailable: throw PageError.unavailable
        }
    }

    private func line(_ verb: String, _ fields: [Field]) -> ByteBuffer {
        var line = Array(verb.utf8)
        for field in fields {
            line += "\t\(field.name)=".utf8
            line += TabEscape.encode(field.value)
        }
        line.append(0x0a)
        return ByteBuffer(bytes: line)
    }

    private func exchange(_ line: ByteBuffer) async throws -> AccountAnswer? {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let deadline = channel.channel.eventLoop.scheduleTask(in: Self.maxTime) {
            channel.channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(line)
            var received: [UInt8] = []
            for try await buffer in inbound {
                received += buffer.readableBytesView
                guard received.count <= Self.maxReply else { return nil }
                if let answer = AccountAnswer(received) { return answer }
            }
            return nil
        }
    }
}

/// What posternd answered.
struct AccountAnswer: Sendable {
    typealias Fields = [String: String]

    let rows: [(kind: String, fields: Fields)]
    let ending: String
    private let fields: Fields

    /// Reads a reply; nil if it is not complete.
    init?(_ bytes: [UInt8]) {
        guard bytes.last == 0x0a else { return nil }
        var rows: [(kind: String, fields: Fields)] = []
        for line in bytes.split(separator: 0x0a) { rows.append(Self.read(line)) }
        guard let last = rows.popLast(), AccountReply.Ending(rawValue: last.kind) != nil else { return nil }
        (self.rows, ending, fields) = (rows, last.kind, last.fields)
    }

    subscript(name: String) -> String? { fields[name] }

    func isYes(_ name: String) -> Bool { fields[name] == "yes" }

    func rows(_ kind: String) -> [Fields] { rows.filter { $0.kind == kind }.map(\.fields) }

    private static func read(_ line: ArraySlice<UInt8>) -> (String, Fields) {
        let parts = line.split(separator: 0x09, omittingEmptySubsequences: false)
        var fields: Fields = [:]
        for part in parts.dropFirst() {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard let value = TabEscape.decode(part.dropFirst(name.count + 1)) else { continue }
            fields[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        return (String(decoding: parts.first ?? [], as: UTF8.self), fields)
    }
}
