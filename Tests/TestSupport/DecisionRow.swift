package import Bytes
import Authentication
package import Credentials
import Foundation

/// One row of `Tests/Vectors/decisions.tsv`, and the accounts and secrets it speaks of.
package struct DecisionRow: Sendable, CustomStringConvertible {
    package let id: Int
    package let account: String
    package let secondFactor: String
    package let policy: String
    package let secret: String
    package let service: String
    package let network: String
    package let outcome: String
    package let reason: String
    package let guess: String

    package var description: String {
        "row \(id): \(account) \(secondFactor) \(policy) \(secret) \(service) \(network) → \(outcome) \(reason) \(guess)"
    }

    /// A client can send it through a mail service: no second field for a code.
    package var isForMail: Bool { service != "web" }

    package static let all: [DecisionRow] = {
        let path = Repository.file("Tests/Vectors/decisions.tsv")
        return lines(of: path).filter { !$0.hasPrefix("#") && !$0.hasPrefix("id\t") }.compactMap { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 10, let id = Int(cells[0]) else { return nil }
            return DecisionRow(
                id: id, account: cells[1], secondFactor: cells[2], policy: cells[3], secret: cells[4],
                service: cells[5], network: cells[6], outcome: cells[7], reason: cells[8], guess: cells[9])
        }
    }()

    package struct Prepared: Sendable {
        package let userName: String
        package let password: String
        package let code: String
    }

    private static let seed = Array("12345678901234567890".utf8)
    private static let mainPassword = "correct horse battery"

    /// Puts the row's account into the store and gives back what the client sends.
    package func prepare(_ store: Store, _ keys: Keys, now: Timestamp) throws -> Prepared {
        let domain = "row\(id).example.org"
        let name = try World.name("user@\(domain)")
        let other = try World.name("other@\(domain)")
        let userName =
            switch account {
            case "absent": "nobody@\(domain)"
            case "malformed": "us er@\(domain)"
            case "empty": ""
            case "alias": "alias@\(domain)"
            default: name.text
            }
        let hash = try World.mainPassword(Self.mainPassword)
        let old = now.adding(seconds: -86_400)
        func change(_ subject: String) -> Change { Change(at: old, actor: "test", subject: subject, action: "test") }
        for account in [name, other] {
            guard
                try store.addAccount(
                    account, mainPassword: hash, mailbox: MailboxOverrides(), change: change(account.text))
            else { throw TestFailure("\(account.text) is there already") }
        }
        if account == "alias" {
            _ = try store.addAlias(
                SenderAddress(try World.name("alias@\(domain)")), account: name, change: change(name.text))
        }
        try store.mark(
            SignIn(
                account: name, credential: Store.mainCredential, service: .imap, address: IPAddress("192.0.2.7"),
                generation: 0), at: old, Configuration().retention)

        let password = try makeSecret(store, keys, name: name, other: other, now: now, change)
        switch secondFactor {
        case "totp":
            _ = try store.enrolTOTP(account: name, seed: Secret(Self.seed), keys: keys, change: change(name.text))
        case "external": _ = try store.setExternalSecondFactor(true, account: name, change: change(name.text))
        default: break
        }
        let code = try makeCode(store, keys, name: name, now: now, change)
        switch policy {
        case "app-passwords":
            try store.setPolicy(
                PolicyChange(Policy(appPasswordsRequired: true)), domain: domain, change: change(domain))
        case "second-factor":
            try store.setPolicy(
                PolicyChange(Policy(secondFactorRequired: true)), domain: domain, change: change(domain))
        default: break
        }
        if account == "disabled" { _ = try store.disable(name, until: nil, change: change(name.text)) }
        if account == "must-change" { _ = try store.setMustChange(true, account: name, change: change(name.text)) }

        // A mail program has no field for a code: people append it to the password, or send it alone.
        if isForMail { return Prepared(userName: userName, password: password + code, code: "") }
        return Prepared(userName: userName, password: password, code: code)
    }

    private func makeSecret(
        _ store: Store, _ keys: Keys, name: AccountName, other: AccountName, now: Timestamp,
        _ change: (String) -> Change
    ) throws -> String {
        func make(_ new: NewAppPassword, for account: AccountName, then action: Store.AppPasswordChange? = nil) throws
            -> String
        {
            let secret = try AppPasswordText.makeGenerated()
            let verifier = Store.Verifier.mac(keys.appPassword.mac(account: account.text, secret: secret))
            guard
                let id = try store.addAppPassword(
                    new, verifier: verifier, account: account, change: { _ in change(account.text) })
            else { throw TestFailure("no account") }
            if let action {
                _ = try store.changeAppPasswords([id], action, account: account) { _ in change(account.text) }
            }
            return text(AppPasswordText.display(secret))
        }
        let scope = Scope([.imap, .smtp])
        switch secret {
        case "main", "main+otp", "main+badotp", "main+usedotp", "main+nextotp", "main+otherclock", "main+recovery",
            "main+usedrecovery":
            return Self.mainPassword
        case "app": return try make(NewAppPassword(name: "Phone", scope: scope), for: name)
        case "app-all": return try make(NewAppPassword(name: "Phone"), for: name)
        case "app-expired":
            return try make(
                NewAppPassword(name: "Phone", scope: scope, expires: now.adding(seconds: -1)), for: name)
        case "app-revoked": return try make(NewAppPassword(name: "Phone", scope: scope), for: name, then: .revoke)
        case "app-disabled": return try make(NewAppPassword(name: "Phone", scope: scope), for: name, then: .disable)
        case "app-net":
            guard let block = CIDR("198.51.100.0/24") else { throw TestFailure("no CIDR") }
            return try make(NewAppPassword(name: "Phone", scope: scope, networks: [block]), for: name)
        case "app-compact":
            let secret = try AppPasswordText.makeCompact()
            let hash = try PasswordHash.make(secret, memory: 8192, passes: 1)
            _ = try store.addAppPassword(
                NewAppPassword(name: "Phone", scope: scope),
                verifier: .compact(hash: hash, tag: keys.tag(of: secret, account: name)), account: name,
                change: { _ in change(name.text) })
            return text(AppPasswordText.display(secret))
        case "app-other": return try make(NewAppPassword(name: "Phone", scope: scope), for: other)
        case "wrong", "wrong+otp": return "not the password"
        case "empty", "recovery": return ""
        default: throw TestFailure("unknown secret \(secret)")
        }
    }

    private func makeCode(
        _ store: Store, _ keys: Keys, name: AccountName, now: Timestamp, _ change: (String) -> Change
    ) throws -> String {
        let right = TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: now))
        switch secret {
        case "main+otp", "wrong+otp": return right
        case "main+nextotp": return TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: now) + 1)
        case "main+otherclock": return TOTP.code(seed: Secret(Self.seed), counter: TOTP.step(at: now) + 10)
        case "main+badotp": return right == "000000" ? "000001" : "000000"
        case "main+usedotp":
            _ = try store.useCode(Secret(Array(right.utf8)), account: name, keys: keys, now: now)
            return right
        case "main+recovery", "main+usedrecovery", "recovery":
            let code = try AppPasswordText.makeGenerated()
            let codes = [keys.recoveryCode.mac(account: name.text, secret: code)]
            _ = try store.replaceRecoveryCodes(codes, account: name, change: change(name.text))
            let shown = text(AppPasswordText.display(code))
            if secret == "main+usedrecovery" {
                _ = try store.useCode(Secret(Array(shown.utf8)), account: name, keys: keys, now: now)
            }
            return shown
        default: return ""
        }
    }

    /// How the log line of the row's answer begins, after the prefix.
    package var expectedMessage: String {
        switch reason {
        case "-":
            outcome == "denied" ? "?" : "Signed in with \(secret.hasPrefix("app") ? "app password " : "main password")"
        case "malformed-name", "unknown-user": "unknown user (SHA1 of given password: "
        case "mismatch" where guess == "first": "Wrong password from a known network (SHA1 of given password: "
        case "mismatch": "Password mismatch (SHA1 of given password: "
        case "second-factor-other-clock": "Second factor refused: a code of a clock 300 seconds ahead"
        case "second-factor-mismatch": "Password mismatch (second factor)"
        case "second-factor-missing": "Second factor missing"
        case "main-password-refused": "Main password refused: "
        case "disabled": "Account refused: disabled"
        case "must-change": "Account refused: must change its password"
        case "unknown-service": "Service refused: \(service) unknown"
        default: "App password refused: "
        }
    }
}

/// A secret as text, for tests only.
package func text(_ secret: borrowing Secret) -> String {
    secret.withBytes { String(decoding: $0, as: UTF8.self) }
}

/// Files of the checkout.
package enum Repository {
    package static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    package static func file(_ name: String) -> String { root + "/" + name }

    /// A program as `make build` leaves it.
    package static func program(_ name: String) -> String { file(".build/release/" + name) }
}
