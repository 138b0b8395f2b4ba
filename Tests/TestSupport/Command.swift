import Foundation

/// A program that was run to its end.
package struct CommandResult: Sendable {
    package let status: Int32
    /// A signal ended it.
    package let wasKilled: Bool
    package let output: String
    package let error: String
}

/// A program that is running. Foundation's `Process` waits for whatever the program leaves behind and hands its own
/// blocked signals down; neither will do for servers and for `kill`.
package final class Child: Sendable {
    package let processID: Int32
    private let directory = TemporaryDirectory()

    /// - Parameter environment: Nil for the test's own.
    package init(_ command: [String], input: String = "", environment: [String: String]? = nil) throws {
        try directory.write(input, to: "in")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Files, not pipes: nothing can block, and nobody's child keeps a pipe open.
        posix_spawn_file_actions_addopen(&actions, 0, directory.file("in"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory.file("out"), O_WRONLY | O_CREAT, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, directory.file("err"), O_WRONLY | O_CREAT, 0o644)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
        var arguments = command.map { strdup($0) } + [nil]
        var pointers = variables.map { strdup($0) } + [nil]
        defer { for pointer in arguments + pointers { free(pointer) } }
        var started: pid_t = 0
        let code = posix_spawnp(&started, command[0], &actions, &attributes, &arguments, &pointers)
        guard code == 0 else { throw TestFailure("\(command[0]): \(String(cString: strerror(code)))") }
        processID = started
    }

    /// To the program and all that it started.
    package func send(_ signal: Int32) { kill(-processID, signal) }

    package func wait() -> CommandResult {
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        func read(_ name: String) -> String {
            String(decoding: FileManager.default.contents(atPath: directory.file(name)) ?? Data(), as: UTF8.self)
        }
        let signal = status & 0x7f
        return CommandResult(
            status: signal == 0 ? (status >> 8) & 0xff : signal, wasKilled: signal != 0, output: read("out"),
            error: read("err"))
    }
}

/// Runs a program; standard input is what is given.
package func run(
    _ command: [String], input: String = "", environment: [String: String]? = nil
) throws -> CommandResult {
    try Child(command, input: input, environment: environment).wait()
}

/// Runs a program that a test needs for what it does next.
///
/// - Returns: Standard output.
/// - Throws: `TestFailure` with the command and its standard error, if its status is not 0.
@discardableResult
package func requireSuccess(_ command: [String], input: String = "") throws -> String {
    let ended = try run(command, input: input)
    guard ended.status == 0 else {
        throw TestFailure("\(command.joined(separator: " ")): status \(ended.status): \(ended.error)")
    }
    return ended.output
}

/// Waits until the condition holds, for ten seconds at most.
package func eventually(_ condition: () throws -> Bool) throws -> Bool {
    for _ in 0..<1000 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}

/// Holds a lock file until it is killed.
package func holdLock(_ path: String) throws -> Child {
    let holder = try Child(["flock", "--no-fork", path, "sleep", "60"])
    guard try eventually({ try run(["flock", "--nonblock", path, "true"]).status != 0 }) else {
        throw TestFailure("\(path) is not locked")
    }
    return holder
}
