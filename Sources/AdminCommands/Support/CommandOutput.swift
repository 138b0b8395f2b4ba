import Credentials
import Dispatch
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// What other programs print.
enum CommandOutput {
    /// Bytes; what prints more is something else.
    private static let limit = 1 << 20

    /// Standard output of a command that succeeded and said something; nil otherwise.
    static func of(_ words: [String]) -> String? {
        BackgroundWork { () -> String? in
            let result = try? await run(
                .name(words[0]), arguments: Arguments(Array(words.dropFirst())), output: .string(limit: limit))
            guard let result, result.terminationStatus.isSuccess else { return nil }
            return result.standardOutput.isEmpty ? nil : result.standardOutput
        }.wait()
    }

    /// The first of these programs that is installed; nil if none is.
    static func installed(_ names: [String]) -> String? {
        BackgroundWork { () -> String? in
            for name in names {
                if (try? await Executable.name(name).resolveExecutablePath(in: .inherit)) != nil { return name }
            }
            return nil
        }.wait()
    }

    /// Runs a command whose standard output is read from a descriptor. What it says on standard error goes to ours.
    ///
    /// - Returns: What `body` gave, and whether the command succeeded; nil if it could not be started.
    static func read<R>(_ words: [String], _ body: (Int32) -> R) -> (R, succeeded: Bool)? {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let output = FileDescriptor(rawValue: ends[1])
        let command = BackgroundWork {
            let result = try? await run(
                .name(words[0]), arguments: Arguments(Array(words.dropFirst())),
                output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .currentStandardError)
            return result?.terminationStatus.isSuccess ?? false
        }
        let result = body(ends[0])
        // To its end, or it would fail only because nobody listens.
        while let rest = readAll(ends[0], limit: limit), !rest.isEmpty {}
        return (result, command.wait())
    }
}

/// Asynchronous work that a command, which has one thread, waits for.
private final class BackgroundWork<R: Sendable>: Sendable {
    private let result = Mutex<R?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () async -> R) {
        Task.detached { [self] in
            let made = await body()
            result.withLock { $0 = made }
            done.signal()
        }
    }

    func wait() -> R {
        done.wait()
        guard let made = result.withLock({ $0 }) else { preconditionFailure("signalled before there was a result") }
        return made
    }
}
