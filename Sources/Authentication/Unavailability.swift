package import Credentials

/// Why an attempt cannot be decided now.
package enum Unavailability: Error, Sendable {
    case configuration(ConfigurationError)
    case keyFile(KeyFileError)
    case store(StoreError)
    case hash(HashError)
    /// No slot for slow hashes became free in time.
    case hashWorkersBusy
    case hashQueueFull
    case clientGone
    /// A budget of guesses is spent.
    case throttled(Throttle)
    /// Other secrets from the same network or at the same account are still being looked at.
    case othersInFlight
    /// As many guesses as the budgets allow could not be recorded.
    case guessesNotCounted
    /// The account was changed again and again while its password was being verified.
    case changing
    /// posternd is running, but did not answer.
    case daemon(String)

    /// One sentence for the log: what is wrong and what to do.
    package var explanation: String {
        switch self {
        case .configuration(let error): error.explanation
        case .keyFile(let error): error.explanation
        case .store(let error): error.explanation
        case .hash(let error): error.explanation
        case .hashWorkersBusy: "all hash_workers stayed busy"
        case .clientGone: "the client disconnected while it waited"
        case .hashQueueFull: "more than hash_queue sign-ins wait for a slow hash"
        case .throttled(let throttle): throttle.explanation
        case .othersInFlight: "other secrets for this account or from this network were still being looked at"
        case .guessesNotCounted: "guesses cannot be written to the database; until they can, no more are looked at"
        case .changing: "the account changed repeatedly during the attempt"
        case .daemon(let problem): "posternd does not answer (\(problem))"
        }
    }
}
