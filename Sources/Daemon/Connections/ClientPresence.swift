import Synchronization

/// Whether the client of a connection is still connected. Any thread may ask.
final class ClientPresence: Sendable {
    private let gone = Atomic<Bool>(false)

    var isGone: Bool { gone.load(ordering: .relaxed) }

    func leave() { gone.store(true, ordering: .relaxed) }
}
