import Authentication
import Credentials
import TestSupport
import Testing

/// The rule as data: the library decides every row.
struct DecisionTableTests {
    @Test func tableIsComplete() {
        #expect(DecisionRow.all.count == 73)
    }

    @Test(arguments: DecisionRow.all)
    func row(_ row: DecisionRow) throws {
        let world = try World()
        let attempt = try world.attempt(row)
        let decision = world.authenticator.decide(attempt)

        switch decision.outcome {
        case .granted(let grant):
            #expect(row.outcome == (grant.enrolmentPending ? "enrol" : "granted"))
            #expect(decision.followUp != nil)
        case .denied(let denial):
            #expect(row.outcome == "denied")
            #expect(denial.reason.rawValue == row.reason)
            switch denial.guess {
            case .counted: #expect(row.guess == "yes")
            case .first: #expect(row.guess == "first")
            case .spends: #expect(row.guess == "spends")
            case .none: #expect(row.guess == "no")
            case .repeated: Issue.record("nothing was repeated")
            }
        case .unavailable(let failure): Issue.record("\(failure.explanation)")
        }

        #expect(world.collector.lines.count == 1)
        let message = try #require(world.collector.lines.first.flatMap(LogLine.message))
        #expect(message.hasPrefix(row.expectedMessage), "\(message)")
    }

    /// `postern check` gives the same answers, and changes nothing.
    @Test(arguments: DecisionRow.all)
    func preview(_ row: DecisionRow) throws {
        let world = try World()
        let sent = try row.prepare(world.store, world.keys, now: world.clock.now)
        let attempt = world.attempt(sent.userName, sent.password, service: row.service, from: row.network)
        for _ in 0..<2 {
            switch world.authenticator.preview(attempt) {
            case .granted: #expect(row.outcome != "denied")
            case .denied(let denial):
                // A preview checks no code.
                if sent.code.isEmpty { #expect(denial.reason.rawValue == row.reason) }
                if case .repeated = denial.guess { Issue.record("the first preview was counted") }
            case .unavailable(let failure): Issue.record("\(failure.explanation)")
            }
        }
        #expect(world.collector.lines.isEmpty)
    }
}
