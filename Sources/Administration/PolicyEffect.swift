package import Credentials

/// What a change of policy changes for one account.
package struct PolicyEffect: Sendable {
    /// An app password whose end changes.
    package struct Ending: Sendable {
        /// The app password's id.
        package let id: String
        /// The name that its owner gave it: encode it wherever it is printed.
        package let name: String
        /// When it ends now; nil for never.
        package let before: Timestamp?
        /// When it would end.
        package let after: Timestamp
    }

    /// The account.
    package let account: AccountName
    /// Programs that signed in recently and could no longer sign in or read mail.
    package let stopped: [StoppedPrograms.Program]
    /// App passwords whose end would change.
    package let endings: [Ending]
    /// How many app passwords it has more than would be allowed; these stay valid.
    package let surplus: Int

    /// - Parameters:
    ///   - after: The policy that would be in force for the account.
    ///   - setsAge: Whether the change sets the maximum age.
    init(_ store: Store, _ account: AccountState, _ after: Policy, setsAge: Bool, now: Timestamp) throws(StoreError) {
        self.account = account.name
        stopped = try StoppedPrograms(store, account, account.under(after), now: now).programs
        let live = try store.appPasswords(account: account.name).filter { $0.isLive(at: now) }
        let latest = setsAge ? after.latestEnd(from: now) : nil
        endings = live.compactMap {
            guard let latest else { return nil }
            if let expires = $0.expires, expires <= latest { return nil }
            return Ending(id: $0.id, name: $0.name, before: $0.expires, after: latest)
        }
        surplus = after.liveLimit.map { max(0, live.count - Int($0)) } ?? 0
    }

    var isNothing: Bool { stopped.isEmpty && endings.isEmpty && surplus == 0 }
}
