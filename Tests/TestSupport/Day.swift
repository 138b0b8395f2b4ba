/// A day at a mail server: an office with forgotten devices, its owner at work and travelling, and three attackers.
package struct Day: Sendable {
    package enum Actor: String, CaseIterable, Sendable {
        /// Repeat the main password, right and refused, since the second factor was switched on.
        case phone, laptop
        /// Repeats the main password that was changed last year.
        case tablet
        /// Has an app password, at the office's address.
        case owner
        /// Mistypes it there, three times.
        case typist
        /// The owner with an app password in a network that the account was never used from.
        case traveller
        /// Guesses passwords of one account from one address.
        case guesser
        /// Tries one password on many accounts.
        case sprayer
        /// Guesses at one account from fifty addresses.
        case crowd
    }

    package struct Attempt: Sendable {
        /// From the beginning of the day.
        package let second: Double
        package let actor: Actor
        package let address: String
        package let user: String
        package let secret: String
    }

    package static let account = "alice@example.org"
    package static let mainPassword = "correct horse battery"
    package static let office = "192.0.2.7"
    package static let hotel = "198.18.7.7"
    package static let guesserAddress = "203.0.113.10"
    package static let sprayerAddress = "203.0.113.20"
    package static let crowdAddresses = (1...50).map { "198.51.100.\($0)" }

    /// In order.
    package let attempts: [Attempt]

    /// - Parameters:
    ///   - length: Seconds.
    ///   - minute: Seconds between two attempts of a device.
    package init(length: Double, minute: Double, guesses: Int, accounts: Int, appPassword: String) {
        var attempts: [Attempt] = []
        func add(_ actor: Actor, _ address: String, _ secret: String, at second: Double, user: String = Day.account) {
            attempts.append(Attempt(second: second, actor: actor, address: address, user: user, secret: secret))
        }
        for beat in 0..<Int(length / minute) {
            let second = Double(beat) * minute
            add(.phone, Self.office, Self.mainPassword, at: second)
            add(.laptop, Self.office, Self.mainPassword, at: second + minute / 4)
            add(.tablet, Self.office, "old password", at: second + minute / 2)
            if beat % 5 == 0 { add(.owner, Self.office, appPassword, at: second + minute / 3) }
            if beat % 4 == 2 { add(.traveller, Self.hotel, appPassword, at: second + minute / 5) }
        }
        let typo = (appPassword.first == "7" ? "8" : "7") + appPassword.dropFirst()
        for (number, secret) in [typo, "\(typo)x", typo].enumerated() {
            add(.typist, Self.office, String(secret), at: length / 2 + Double(number) * minute / 10)
        }
        for number in 0..<guesses {
            add(.guesser, Self.guesserAddress, "guess \(number)", at: Double(number) * length / Double(guesses))
        }
        // Two attacks of an hour, or of all of a shorter day.
        let spell = min(length, 3600)
        for number in 0..<accounts {
            // Some of them are accounts, most are not.
            let user = number % 50 == 7 ? Self.account : "user\(number)@example.org"
            add(
                .sprayer, Self.sprayerAddress, "Summer2026!", at: Double(number) * spell / Double(accounts), user: user
            )
        }
        for (number, address) in Self.crowdAddresses.enumerated() {
            for guess in 0..<12 {
                let second = Double(number) * spell / 50 + Double(guess) * spell / 600
                add(.crowd, address, "crowd \(number) \(guess)", at: second)
            }
        }
        self.attempts = attempts.sorted { $0.second < $1.second }
    }

    package func count(_ actors: Actor...) -> Int { attempts.count { actors.contains($0.actor) } }
}

/// What the auth log says about each address.
package struct DayReport {
    package struct Counts {
        package var granted = 0
        package var counted = 0
        /// First wrong secrets from a network known to the account: for nobody to count.
        package var firsts = 0
        package var repeated = 0
        package var refused = 0
        /// Throttled, or not looked at in the rush.
        package var throttled = 0
        /// Guesses that were looked at before the first that had to wait; nil: none had to.
        package var countedBeforeThrottled: Int?
    }

    package private(set) var addresses: [String: Counts] = [:]
    /// Guesses at the account from everywhere before its limit closed it.
    package private(set) var countedBeforeClosed: Int?
    /// Guesses at the account within any hour, where all lines are of one.
    package private(set) var countedAtAccount = 0

    /// - Parameter lines: Those of Postern among them are read.
    package init(_ lines: [String]) {
        for line in lines {
            guard let match = line.firstMatch(of: #/postern\(([^,()]*),([^,()]*),<[^,()<>]*>\): (.*)/#) else {
                continue
            }
            let (user, address, message) = (String(match.1), String(match.2), match.3)
            var counts = addresses[address] ?? Counts()
            if message.hasPrefix("Signed in") {
                counts.granted += 1
            } else if message.hasPrefix("Password mismatch") || message.hasPrefix("unknown user") {
                counts.counted += 1
                if user == Day.account { countedAtAccount += 1 }
            } else if message.hasPrefix("Wrong password from a known network") {
                counts.firsts += 1
            } else if message.hasPrefix("Same wrong") {
                counts.repeated += 1
            } else if message.hasPrefix("Temporary failure") {
                counts.throttled += 1
            } else if message.hasPrefix("Throttled") {
                counts.throttled += 1
                counts.countedBeforeThrottled = counts.countedBeforeThrottled ?? counts.counted
                if message.contains("networks that are new to it") {
                    countedBeforeClosed = countedBeforeClosed ?? countedAtAccount
                }
            } else {
                counts.refused += 1
            }
            addresses[address] = counts
        }
    }

    package subscript(address: String) -> Counts { addresses[address] ?? Counts() }

    /// A line for each party.
    package func table(bans: Set<String>) -> String {
        func row(_ name: String, _ of: [String]) -> String {
            let counts = of.map { self[$0] }
            func sum(_ value: (Counts) -> Int) -> Int { counts.map(value).reduce(0, +) }
            return "\(name): \(sum(\.granted)) granted, \(sum(\.counted)) guesses, \(sum(\.firsts)) firsts, "
                + "\(sum(\.repeated)) repeats, "
                + "\(sum(\.refused)) refusals, \(sum(\.throttled)) had to wait, "
                + "\(of.count(where: bans.contains)) of \(of.count) addresses banned"
        }
        return [
            row("office", [Day.office]), row("travelling owner", [Day.hotel]), row("guesser", [Day.guesserAddress]),
            row("sprayer", [Day.sprayerAddress]), row("crowd of fifty", Day.crowdAddresses),
        ].joined(separator: "\n")
    }

    /// What is not as it has to be; empty when all is well.
    ///
    /// - Parameter overrun: Guesses over the ten that may be looked at where several processes decide at once.
    package func problems(_ day: Day, bans: Set<String>, overrun: Int = 0) -> [String] {
        var problems: [String] = []
        func expect(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        for (address, appAttempts) in [(Day.office, day.count(.owner)), (Day.hotel, day.count(.traveller))] {
            expect(
                self[address].granted == appAttempts, "\(address): \(self[address].granted) of \(appAttempts) granted")
            expect(self[address].throttled == 0, "\(address) is throttled")
            expect(!bans.contains(address), "\(address) is banned")
        }
        expect(self[Day.office].refused == day.count(.phone, .laptop), "phone and laptop are not always refused")
        for address in [Day.guesserAddress, Day.sprayerAddress] {
            let before = self[address].countedBeforeThrottled ?? .max
            expect(before <= 10 + overrun, "\(address): throttled after \(before)")
            expect(self[address].counted >= 10, "\(address): only \(self[address].counted) looked at")
            expect(bans.contains(address), "\(address) is not banned")
        }
        for address in Day.crowdAddresses {
            let counts = self[address]
            expect(
                counts.throttled > 0 && (counts.countedBeforeThrottled ?? 0) <= 10 + overrun,
                "\(address) is not throttled")
            expect(
                counts.counted < 5 || bans.contains(address), "\(address) guessed \(counts.counted) times, not banned")
        }
        expect(
            countedBeforeClosed.map { 100 - $0 <= 10 && $0 <= 100 + overrun } ?? false,
            "the account is closed after \(countedBeforeClosed.map { "\($0)" } ?? "no number of") guesses")
        expect(
            bans.isSubset(of: Set(Day.crowdAddresses + [Day.guesserAddress, Day.sprayerAddress])),
            "banned: \(bans.sorted())")
        return problems
    }
}
