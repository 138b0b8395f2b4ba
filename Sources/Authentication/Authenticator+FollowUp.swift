package import Bytes
import Credentials

extension Authenticator {
    /// Writes what can be written without waiting for another process.
    ///
    /// - Returns: Whether something is left for `perform`, in a process that may wait.
    package func performNow(_ followUp: FollowUp) -> Bool {
        do throws(StoreError) {
            if try store.needsMark(followUp.signIn, now: followUp.at) {
                try store.withoutWaiting { () throws(StoreError) in
                    try self.store.mark(followUp.signIn, at: followUp.at, self.judge.retention)
                }
            }
        } catch {
            return error == .locked
        }
        return followUp.upgrade != nil || store.hasLongLog
    }

    /// Records the sign-in, replaces an older hash and keeps the store's log short.
    package func perform(_ followUp: FollowUp, secret: borrowing Secret) {
        try? store.mark(followUp.signIn, at: followUp.at, judge.retention)
        defer { try? store.emptyLog() }
        guard let upgrade = followUp.upgrade, let new = newHash(of: secret, upgrade) else { return }
        try? store.replace(followUp.replacement(for: upgrade, new, secret: secret, keys: keys))
    }

    /// Nil if the hash cannot be made, or no slot for it becomes free: sign-ins take precedence.
    private func newHash(of secret: borrowing Secret, _ upgrade: Upgrade) -> String? {
        let made = try? slots.withSlot { try judge.hasher.make(secret, for: upgrade) }
        return made.flatMap { $0 }
    }
}
