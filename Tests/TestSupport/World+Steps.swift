package import Authentication
import Credentials

/// Attempts step by step, as the daemon goes.
extension World {
    package func next(_ step: Step) throws -> Step {
        switch step {
        case .lookFirst(let look): look.next(try store.answer([look.question])[0])
        case .lookSecond(let look): look.next(try store.answer([look.question])[0])
        case .hash(let hash): hash.next()
        case .enter(let enter): enter.next(.success(try store.enter([enter.question])[0]))
        case .count(let count): count.next(.success(try store.count([count.guess])[0]))
        case .commit(let commit): commit.next(.success(try store.answer(commit.question)))
        case .wait: throw TestFailure("nobody else is under way")
        case .done: step
        }
    }

    /// To its answer.
    package func finish(_ begun: Step) throws -> Outcome {
        var step = begun
        while true {
            if case .done(let decision) = step { return decision.outcome }
            step = try next(step)
        }
    }

    /// Up to a write, or to the answer.
    package func advance(_ begun: Step) throws -> Step {
        var step = begun
        while true {
            switch step {
            case .lookFirst, .lookSecond, .hash: step = try next(step)
            case .wait, .enter, .count, .commit, .done: return step
            }
        }
    }
}
