import Bytes
package import Credentials

/// Everything that an operator, an owner or an import does to an account while one of its devices repeats a wrong password.
/// A new kind of change belongs here: what it does to what is remembered is tested by this list.
package struct AccountWork: Sendable, CustomStringConvertible {
    package let description: String
    /// Whether it could make that password right, so that it is looked at once more.
    package let renewsLook: Bool
    package let perform: @Sendable (World, AccountName, Change) throws -> Void

    private init(
        _ description: String, renewsLook: Bool = false,
        _ perform: @escaping @Sendable (World, AccountName, Change) throws -> Void
    ) {
        self.description = description
        self.renewsLook = renewsLook
        self.perform = perform
    }

    private static let seed = Array("12345678901234567890".utf8)

    /// In an order in which each is possible.
    package static let all: [AccountWork] = [
        AccountWork("alias add") { _ = try $0.store.addAlias(alias(), account: $1, change: $2) },
        AccountWork("alias remove") {
            _ = try $0.store.removeAlias(alias(), account: $1, change: $2)
        },
        AccountWork("app password") { world, account, _ in _ = try world.addAppPassword(account) },
        AccountWork("app password disabled") { world, account, change in
            _ = try world.store.changeAppPasswords(nil, .disable, account: account) { _ in change }
        },
        AccountWork("app password enabled", renewsLook: true) { world, account, change in
            _ = try world.store.changeAppPasswords(nil, .enable, account: account) { _ in change }
        },
        AccountWork("app password rotated") { world, account, change in
            guard let old = try world.store.appPasswords(account: account).first?.id else { throw TestFailure("none") }
            let mac = world.keys.appPassword.mac(account: account.text, secret: try AppPasswordText.makeGenerated())
            _ = try world.store.rotateAppPassword(
                old, to: NewAppPassword(name: "x"), verifier: .mac(mac), end: change.at.adding(seconds: 60),
                account: account
            ) { _ in change }
        },
        AccountWork("compact app password", renewsLook: true) { world, account, change in
            let secret = try AppPasswordText.makeCompact()
            let hash = try PasswordHash.make(secret, memory: 8192, passes: 1)
            _ = try world.store.addAppPassword(
                NewAppPassword(name: "x"),
                verifier: .compact(hash: hash, tag: world.keys.tag(of: secret, account: account)), account: account
            ) { _ in change }
        },
        AccountWork("app passwords revoked") { world, account, change in
            _ = try world.store.changeAppPasswords(nil, .revoke, account: account) { _ in change }
        },
        AccountWork("account policy") {
            _ = try $0.store.setPolicy(PolicyChange(Policy(maxAge: 86_400)), account: $1, change: $2)
        },
        AccountWork("domain policy") {
            try $0.store.setPolicy(
                PolicyChange(Policy(appPasswordsRequired: true)), domain: $1.domain, change: $2)
        },
        AccountWork("domain mailbox") {
            try $0.store.setMailbox(MailboxOverrides(uid: "7"), domain: $1.domain, change: $2)
        },
        AccountWork("account mailbox") {
            _ = try $0.store.setMailbox(MailboxOverrides(uid: "7"), account: $1, change: $2)
        },
        AccountWork("second factor") {
            _ = try $0.store.enrolTOTP(account: $1, seed: Secret(seed), keys: $0.keys, change: $2)
        },
        AccountWork("recovery codes") { _ = try $0.store.replaceRecoveryCodes([[1]], account: $1, change: $2) },
        AccountWork("second factor off") { _ = try $0.store.removeSecondFactor(account: $1, change: $2) },
        AccountWork("external factor") { _ = try $0.store.setExternalSecondFactor(true, account: $1, change: $2) },
        AccountWork("must change") { _ = try $0.store.setMustChange(true, account: $1, change: $2) },
        AccountWork("disable") { _ = try $0.store.disable($1, until: nil, change: $2) },
        AccountWork("enable") { _ = try $0.store.enable($1, change: $2) },
        AccountWork("send as any") { _ = try $0.store.setSendsAsAny(true, account: $1, change: $2) },
        AccountWork("main password", renewsLook: true) {
            _ = try $0.store.setMainPassword(
                World.mainPassword("another"), former: .replaced, account: $1, change: $2)
        },
        AccountWork("former forgotten") { _ = try $0.store.forgetFormer(account: $1, change: $2) },
        AccountWork("hash upgraded") { world, account, _ in
            guard let old = try world.store.account(account)?.mainHash else { throw TestFailure("none") }
            try world.store.replace(.mainPassword(of: account, old: old, new: World.mainPassword("another").text))
        },
        AccountWork("throttle release") { world, account, change in
            _ = try world.store.releaseGuesses(
                account: account.text, network: nil, GuessWindow(length: 3600, memory: 86_400, now: change.at),
                change: change)
        },
        AccountWork("removed") { _ = try $0.store.removeAccount($1, change: $2) },
        AccountWork("made again", renewsLook: true) { world, _, _ in try world.addAccount(password: "a third one") },
    ]

    private static func alias() throws -> SenderAddress {
        guard let alias = SenderAddress("a@b.c") else { throw TestFailure("no address") }
        return alias
    }
}
