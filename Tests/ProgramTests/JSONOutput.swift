import Foundation
import TestSupport
import Testing

/// What commands print with `--json`.
extension ProgramInstallation {
    /// Runs a command with `--json`, expects its exit status, and reads its standard output.
    func json<Value: Decodable>(
        _ arguments: [String], input: String = "", status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Value {
        let result = try postern(arguments + ["--json"], input: input)
        #expect(result.status == status, "\(arguments): \(result)", sourceLocation: sourceLocation)
        return try JSONDecoder().decode(Value.self, from: Data(result.output.utf8))
    }

    /// Runs `import` with these arguments.
    func importing(
        _ arguments: [String], status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ImportView {
        try json(["import"] + arguments, status: status, sourceLocation: sourceLocation)
    }

    /// Runs `doctor`. Its status also depends on the servers of this machine.
    func doctor() throws -> [DoctorFinding] { try DoctorFinding.read(try postern(["doctor", "--json"])) }

    /// Returns the recorded actions, as in "account add": all, or those on one account or domain.
    func recordedActions(of subject: String? = nil) throws -> [String] {
        let changes: [ChangeView] = try json(["report", "changes"] + (subject.map { ["--subject", $0] } ?? []))
        return changes.map(\.action)
    }
}

/// The report of `import`.
struct ImportView: Decodable {
    struct Counts: Decodable, Equatable {
        var new = 0
        var changed = 0
        var unchanged = 0
        var kept = 0
    }

    struct Account: Decodable {
        let address: String
        let result: String
        let content: [String]
    }

    struct Note: Decodable {
        let subject: String
        let line: Int?
        let text: String
        let withheld: Bool
    }

    let dryRun: Bool
    let counts: Counts
    let accounts: [Account]
    let notes: [Note]

    /// What the import did with an account; nil if it did not look at it.
    func result(of address: String) -> String? { accounts.first { $0.address == address }?.result }

    func content(of address: String) -> [String]? { accounts.first { $0.address == address }?.content }

    func hasNote(on subject: String) -> Bool { notes.contains { $0.subject == subject } }

    /// The subjects of the withheld changes, sorted; one for each change.
    var withheld: [String] { notes.filter(\.withheld).map(\.subject).sorted() }
}

/// An entry of `report changes`.
struct ChangeView: Decodable {
    let actor: String
    let subject: String
    let action: String
}

/// The answer of `check`.
struct CheckView: Decodable {
    let outcome: String
    /// Nil unless it is denied.
    let reason: String?
    let explanation: String
}

/// A finding of `doctor`.
struct DoctorFinding: Decodable {
    let level: String
    let subject: String

    static func read(_ result: CommandResult) throws -> [DoctorFinding] {
        try JSONDecoder().decode([DoctorFinding].self, from: Data(result.output.utf8))
    }
}

extension [DoctorFinding] {
    /// The levels of the findings about a subject.
    func levels(of subject: String) -> [String] { filter { $0.subject == subject }.map(\.level) }
}
