package import Credentials

/// Asks for a place among the secrets that all nodes look at, once this process has room.
package struct Enter: Sendable {
    let judge: Judge
    private let before: Facts
    private let reservation: InFlightGuesses.Reservation
    /// What to ask the store.
    package let question: PlaceQuestion

    init(_ facts: Facts, _ reservation: InFlightGuesses.Reservation, _ allowed: Budgets, _ judge: Judge) {
        before = facts
        self.reservation = reservation
        self.judge = judge
        question = PlaceQuestion(
            place: facts.place, allowed: allowed, counted: facts.second?.counted ?? Budgets(pair: 0),
            window: judge.throttling.window(at: facts.now), accountLimit: judge.throttling.accountLimit)
    }

    /// The attempt goes on, with its place.
    var facts: Facts {
        reservation.noteEntered()
        var facts = before
        facts.reservation = reservation
        return facts
    }

    /// No place is free.
    var wait: Wait {
        reservation.release()
        return Wait(before, judge)
    }
}
