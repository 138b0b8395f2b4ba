import Foundation

/// A program that was run to its end.
public struct CommandResult: Sendable {
    public let status: Int32
    /// A signal ended it.
    public let wasKilled: Bool
    public let output: String
    public let error: String
}

/// Runs a program; standard input is what is given.
@discardableResult
public func run(
    _ command: [String], input: String = "", environment: [String: String]? = nil
) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(filePath: command[0].hasPrefix("/") ? command[0] : "/usr/bin/env")
    process.arguments = command[0].hasPrefix("/") ? Array(command.dropFirst()) : command
    if let environment { process.environment = environment }
    // Files, not pipes: nothing can block, and nobody's child keeps a pipe open.
    let directory = TemporaryDirectory()
    try directory.write(input, to: "in")
    for name in ["out", "err"] { try directory.write("", to: name) }
    process.standardInput = FileHandle(forReadingAtPath: directory.file("in"))
    process.standardOutput = FileHandle(forWritingAtPath: directory.file("out"))
    process.standardError = FileHandle(forWritingAtPath: directory.file("err"))
    try process.run()
    process.waitUntilExit()
    func read(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: directory.file(name)) ?? Data(), as: UTF8.self)
    }
    return CommandResult(
        status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
        output: read("out"), error: read("err"))
}
