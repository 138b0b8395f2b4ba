import Credentials
import Dispatch
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// Runs other programs and reads their output.
enum CommandOutput {
    /// Bytes of output; a program that prints more is not the expected one.
    private static let limit = 1 << 20

    /// Returns the standard output of a command; nil if it failed or printed nothing.
    static func of(_ words: [String]) -> String? {
        BackgroundWork { () -> String? in
            let result = try? await run(
                .name(words[0]), arguments: Arguments(Array(words.dropFirst())), output: .string(limit: limit))
            guard let result, result.terminationStatus.isSuccess else { return nil }
            return result.standardOutput.isEmpty ? nil : result.standardOutput
        }.wait()
    }

    /// Returns the first of these programs that is installed, or nil.
    static func findInstalled(_ names: [String]) -> String? {
        BackgroundWork { () -> String? in
            for name in names {
                if (try? await Executable.name(name).resolveExecutablePath(in: .inherit)) != nil { return name }
            }
            return nil
        }.wait()
    }

    /// Seconds that a command which is fed may take.
    private static let maxFeedTime = 10

    /// Runs a command with this standard input; its output is ours. Returns false if it fails or takes too long.
    static func feed(_ words: [String], _ input: [UInt8]) -> Bool {
        BackgroundWork { () -> Bool in
            let timeLimit = Task.detached { try await Task.sleep(for: .seconds(maxFeedTime)) }
            defer { timeLimit.cancel() }
            let program = Task.detached {
                try await run(
                    .path(FilePath(words[0])), arguments: Arguments(Array(words.dropFirst())), input: .array(input),
                    output: .currentStandardOutput, error: .currentStandardError)
            }
            Task.detached { if (try? await timeLimit.value) != nil { program.cancel() } }
            return (try? await program.value)?.terminationStatus.isSuccess ?? false
        }.wait()
    }

    /// Runs a command and passes a descriptor of its standard output to `body`. Its standard error is ours.
    ///
    /// - Returns: The result of `body`, and whether the command succeeded; nil if no pipe could be made.
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
        // Read to the end: otherwise the command would fail because its pipe is closed.
        while let rest = readAll(ends[0], limit: limit), !rest.isEmpty {}
        return (result, command.wait())
    }
}

/// Asynchronous work that a command, which has one thread, can wait for.
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
