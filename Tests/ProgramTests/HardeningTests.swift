import Foundation
import TestSupport
import Testing

/// How the program that faces Dovecot is linked and loaded.
struct HardeningTests {
    private static let program = Repository.program("postern-checkpassword")

    /// The lines of the program headers that begin so, in words.
    private func headers(_ kind: String) throws -> [[String]] {
        let lines = try run(["readelf", "--wide", "--segments", Self.program]).output.split(separator: "\n")
        return lines.map { $0.split(separator: " ").map(String.init) }.filter { $0.first == kind }
    }

    @Test func isLinkedStaticallyAndPositionIndependent() throws {
        let header = try run(["readelf", "--wide", "--file-header", "--dynamic", Self.program]).output
        #expect(header.contains("DYN (Position-Independent Executable file)"), "\(header)")
        #expect(header.contains("BIND_NOW") && !header.contains("NEEDED"), "\(header)")
        #expect(try headers("INTERP").isEmpty)
        // Flags: readable, writable, executable.
        #expect(try headers("GNU_STACK").map { $0[6] } == ["RW"])
        for segment in try headers("LOAD") { #expect(!segment.contains("RWE"), "\(segment)") }
    }

    @Test func checksItsStack() throws {
        for function in ["checkpassword_return", "postern_unix_dial"] {
            let code = try run(["objdump", "--disassemble=\(function)", "--no-show-raw-insn", Self.program]).output
            #expect(code.contains("<__stack_chk_fail"), "\(function)")
        }
    }

    @Test func isSmall() throws {
        let directory = TemporaryDirectory()
        try requireSuccess(["strip", "-o", directory.file("stripped"), Self.program])
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("stripped"))
        #expect(try #require(attributes[.size] as? Int) <= 100 * 1024)
    }

    /// While it waits for a request: what only its start writes is read-only, and nothing is writable and executable.
    @Test func memory() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let fifo = installation.directory.file("fifo")
        #expect(mkfifo(fifo, 0o600) == 0)
        let script = #"exec "$@" 3<>"$0" 4>/dev/null"#
        let waiting = try Child([
            "/bin/sh", "-c", script, fifo, Self.program, "--config", installation.configurationFile,
        ])
        func mappings() throws -> [(start: UInt64, end: UInt64, rights: String, file: String)] {
            try String(contentsOfFile: "/proc/\(waiting.processID)/maps", encoding: .utf8).split(separator: "\n").map {
                let words = $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
                let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
                return (ends[0], ends[1], words[1], words.count > 5 ? words[5] : "")
            }
        }
        func isReading() throws -> Bool {
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(waiting.processID)/exe")
            let call = try String(contentsOfFile: "/proc/\(waiting.processID)/syscall", encoding: .utf8)
            // The first argument of read(2) is the descriptor.
            return link.hasSuffix("/postern-checkpassword") && call.split(separator: " ").dropFirst().first == "0x3"
        }
        #expect(try eventually { (try? isReading()) == true })
        let all = try mappings()
        #expect(!all.isEmpty && all.allSatisfy { !($0.rights.contains("w") && $0.rights.contains("x")) }, "\(all)")
        let base = try #require(all.filter { $0.file.hasSuffix("/postern-checkpassword") }.map(\.start).min())
        let relro = try #require(try headers("GNU_RELRO").first)
        let address = try #require(UInt64(relro[2].dropFirst(2), radix: 16))
        let protected = all.first { $0.start <= base + address && base + address < $0.end }
        #expect(protected?.rights.hasPrefix("r--") == true, "\(relro) \(all)")
        waiting.send(SIGKILL)
        _ = waiting.wait()
    }
}
