import Foundation
import TestSupport
import Testing

/// `postern-checkpassword` and `postern-checkpassword-local` give the same answers, byte for byte, and leave the same log
/// lines. Together these tests compare them more than 200 times.
struct TwoProgramsTests {
    private static let user = "alice@example.org"
    private static let request = Array("\(user)\0main secret\0\0".utf8)

    private struct World {
        let installation: ProgramInstallation
        let daemon: DaemonProcess?

        init(withDaemon: Bool = true) throws {
            installation = try ProgramInstallation(ProgramInstallation.unthrottled)
            try installation.addAccount()
            daemon = withDaemon ? try DaemonProcess(installation) : nil
            if withDaemon { try requireSuccess(["chmod", "0666", installation.dovecotSocket]) }
        }

        /// Runs both in the same circumstances, and returns what they answered.
        @discardableResult
        func compare(
            _ name: String, _ request: [UInt8] = TwoProgramsTests.request,
            from place: SourceLocation = #_sourceLocation, _ change: (inout Checkpassword) throws -> Void = { _ in }
        ) throws -> Checkpassword.Answer {
            let both = try ["", "-local"].map { suffix in
                var program = Checkpassword(installation, suffix: suffix)
                try change(&program)
                // Or else what is a guess for one is a repeat for the other.
                try installation.stored.forgetGuesses()
                let before = installation.messages().count
                var answer = try program.run(request: request)
                // The log goes there where there is no other.
                answer.error = answer.error.replacing(/auth-worker\(\d+\)/, with: "")
                return (answer, Array(installation.messages().dropFirst(before)))
            }
            #expect(both[0].0 == both[1].0, "\(name)", sourceLocation: place)
            #expect(both[0].1 == both[1].1, "\(name)", sourceLocation: place)
            #expect(!both[0].0.wasKilled, "\(name)", sourceLocation: place)
            return both[0].0
        }
    }

    @Test func requests() throws {
        let world = try World()
        for request in Self.requests { try world.compare("\(request)", request) }
        // In two pieces, cut at each place.
        for cut in 1..<Self.request.count {
            let answer = try world.compare("cut at \(cut)") {
                $0.script =
                    "{ head -c \(cut) \"$REQUEST\"; sleep 0.005; tail -c +\(cut + 1) \"$REQUEST\"; }"
                    + #" | "$@" 3<&0 4>"$REPLY""#
            }
            #expect(answer.status == 0)
        }
    }

    private static var requests: [[UInt8]] {
        let odd: [[UInt8]] = [
            [0x09], [0x01], [0x0a], [0x0d], [0xff], [0xc3, 0xa9], [0xc3], [0x7f], [0x1b, 0x5b], [0xe2, 0x80, 0xae],
            Array("\t1\tx".utf8), Array("\u{1}t".utf8), Array(" ".utf8),
        ]
        let user = Array(Self.user.utf8)
        let password = Array("main secret".utf8)
        let inEachField = odd.flatMap { odd -> [[UInt8]] in
            [
                user + odd + [0] + password + [0, 0], odd + user + [0] + password + [0, 0],
                user + [0] + password + odd + [0, 0], user + [0] + password + [0] + odd + [0],
            ]
        }
        let lengths = [510, 511, 512, 513, 514, 1024].flatMap { length -> [[UInt8]] in
            let long = [UInt8](repeating: 0x61, count: length - user.count - 3)
            return [user + [0] + long + [0, 0], [UInt8](repeating: 0x61, count: length)]
        }
        let unfinished: [[UInt8]] = [
            [], [0], [0, 0], [0, 0, 0], user, user + [0], user + [0] + password, user + [0] + password + [0],
            user + [0, 0, 0], [0] + password + [0, 0], request + request,
        ]
        return inEachField + lengths + unfinished
    }

    @Test func environments() throws {
        let world = try World()
        for name in ["SERVICE", "TCPREMOTEIP", "AUTH_SESSION", "MASTER_USER", "AUTHORIZED", "CREDENTIALS_LOOKUP"] {
            for text in ["", #"\t"#, #"\n"#, #"\001"#, #"\377"#, #"\303\251"#, "x y", "imap", "2001:db8::7", "%s"] {
                try world.compare("\(name)=\(text)") {
                    $0.script = "\(name)=$(printf '\(text)x') && \(name)=${\(name)%x} && export \(name); " + $0.script
                }
            }
            try world.compare("without \(name)") { $0.environment[name] = nil }
        }
    }

    @Test func lookUpsAndMasterUsers() throws {
        let world = try World()
        try world.installation.perform(["account", "mailbox", Self.user, "--field", "quota_rule=*:bytes=10M"])
        let modes: [[String: String]] = [
            [:], ["AUTHORIZED": "1"], ["CREDENTIALS_LOOKUP": "1"], ["AUTHORIZED": "1", "CREDENTIALS_LOOKUP": "1"],
            ["CREDENTIALS_LOOKUP": "1", "SCHEME": "CRAM-MD5"], ["AUTHORIZED": "1", "MASTER_USER": "boss"],
            ["CREDENTIALS_LOOKUP": "1", "MASTER_USER": "boss"], ["MASTER_USER": "boss"],
        ]
        var statuses: [Int32] = []
        for mode in modes {
            for user in [Self.user, "ALICE@example.org", "nobody@example.org", "a b", "", "a\tb@example.org"] {
                let answer = try world.compare("\(mode) \(user)", Array("\(user)\0main secret\0\0".utf8)) {
                    $0.environment.merge(mode) { $1 }
                }
                statuses.append(answer.status)
            }
        }
        #expect(Set(statuses) == [0, 1, 2, 3])
    }

    @Test func descriptorsAndArguments() throws {
        let world = try World()
        for descriptors in [
            #"3<"$REQUEST" 4>&-"#, #"3<&- 4>"$REPLY""#, "3<&- 4>&-", #"3<"$REQUEST" 4</dev/null"#, "3</ 4>&1",
            #"3>"$REPLY" 4>"$REPLY""#, #"3<"$REQUEST" 4>/dev/full"#,
        ] {
            let answer = try world.compare(descriptors) { $0.script = #"exec "$@" "# + descriptors }
            #expect(answer.status == 111, "\(descriptors)")
        }
        for arguments in [["--verbose"], ["--config"], ["--config", "x", "y", "z"], ["a", "b"], ["--"]] {
            let answer = try world.compare("\(arguments)") { $0.arguments = arguments }
            #expect(answer.status == 111 && !answer.error.isEmpty, "\(arguments)")
        }
    }

    /// With a daemon at the path that the file means, and without one.
    @Test(arguments: [true, false])
    func configurations(_ hasDaemon: Bool) throws {
        let world = try World(withDaemon: hasDaemon)
        let installation = world.installation
        let socket = installation.dovecotSocket
        let rest = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("dovecot_socket") }.joined(separator: "\n")
        func filled(_ size: Int) -> String {
            let text = "dovecot_socket = \(socket)\n#"
            return text + String(repeating: "x", count: size - rest.utf8.count - text.utf8.count - 3)
        }
        func continued(_ count: Int) -> String {
            (0..<count).map { " 10.\($0 / 256).\($0 % 256).0/24" }.joined(separator: "\n")
        }
        let shapes: [(String, grants: Bool)] = [
            ("dovecot_socket = \(socket)", true), ("dovecot_socket=\(socket)", true),
            ("\tdovecot_socket\t=\t\(socket)\t", false), ("dovecot_socket = \(socket)\r\n", true),
            ("dovecot_socket =\n   \(socket)", true), ("dovecot_socket =\n# why\n\n   \(socket)", true),
            ("dovecot_socket = \(socket)\n# dovecot_socket = /x", true), ("dovecot_socket = \(socket)\n   x", true),
            ("dovecot_socket = \(socket)\ndovecot_socket = \(socket)", false), ("dovecot_socket", false),
            ("dovecot_socket =", true), ("dovecot_socket = relative", false), ("dovecot_socket = @abstract", false),
            ("dovecot_socket = /é", true), ("dovecot_socket = /a b", true),
            ("dovecot_socket = \(installation.database)", true), ("dovecot_socket = /", false),
            ("dovecot_socket = /" + String(repeating: "x", count: 107), false), ("", true),
            ("dovecot_socket = /\0", false), ("\u{feff}dovecot_socket = \(socket)", false),
            (filled(65_535), true), (filled(65_536), false),
            ("dovecot_socket = \(socket)\ntrusted_networks =\n" + continued(3000), true),
        ]
        for (shape, grants) in shapes {
            let file = try installation.directory.write(rest + "\n\n" + shape + "\n", to: "shape.conf", mode: 0o644)
            let answer = try world.compare("\(shape.prefix(100))") { $0.arguments = ["--config", file] }
            #expect(answer.status == (grants ? 0 : 111), "\(shape.prefix(100)): \(answer)")
        }
        let secret = try installation.directory.write(rest, to: "secret.conf", mode: 0o600)
        for path in [secret, installation.directory.path, "/nonexistent", "", "/dev/null", "/dev/zero"] {
            let answer = try world.compare(path) { $0.arguments = ["--config", path] }
            #expect(answer.status == 111, "\(path): \(answer)")
        }
    }

    /// The wanted difference: a mistake in another setting stops a program that decides, not one that asks.
    @Test func mistakeElsewhere() throws {
        let world = try World()
        let file = world.installation.configurationFile
        let text = try String(contentsOfFile: file, encoding: .utf8) + "hash_passes = many\n"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        var program = Checkpassword(world.installation)
        #expect(try program.run(request: Self.request).status == 0)
        #expect(try program.run(Self.user, "wrong").status == 1)
        program.environment["AUTHORIZED"] = "1"
        #expect(try program.run(request: Self.request).status == 2)
        #expect(try program.run("nobody@example.org", "").status == 3)
        world.daemon?.stop()
        try world.compare("without daemon")
        let answer = try Checkpassword(world.installation).run(request: Self.request)
        #expect(answer.status == 111 && answer.error.contains("hash_passes"), "\(answer)")
    }

    @Test func misbehavingDaemons() async throws {
        let world = try World(withDaemon: false)
        let installation = world.installation
        let way = try installation.directory.write("closes", to: "way")
        let listener = try Child([
            Repository.file("Tests/Servers/misbehaving-daemon"), installation.dovecotSocket, way,
        ])
        defer {
            listener.send(SIGKILL)
            _ = listener.wait()
        }
        #expect(try eventually { (try? LineClient(path: installation.dovecotSocket)) != nil })
        let source = try String(contentsOfFile: Repository.file("Tests/Servers/misbehaving-daemon"), encoding: .utf8)
        let ways = source.matches(of: /(?m)^    "([^"]+)": \[/).map { String($0.1) }
        #expect(ways.count >= 25)
        let slow = "stops within a line"
        for name in ways where name != slow {
            try installation.directory.write(name, to: "way")
            try world.compare(name)
            // A refusal is an answer to a look-up, too: it is temporary. Without one, the database is read.
            let isAnswered = ["denied", "denied and granted", "granted and more", "temporary"].contains(name)
            guard !isAnswered else { continue }
            let answer = try world.compare("look-up: \(name)") { $0.environment["AUTHORIZED"] = "1" }
            #expect(answer.status == 2)
        }
        // Nobody decided instead.
        let messages = installation.messages()
        #expect(messages.allSatisfy { $0.hasPrefix("Temporary failure: posternd does not answer (") }, "\(messages)")
        #expect(messages.count == 26, "\(messages)")

        // Both wait for half a minute, at the same time.
        try installation.directory.write(slow, to: "way")
        let statuses = try await withThrowingTaskGroup(of: Int32.self) { group in
            for suffix in ["", "-local"] {
                let program = Checkpassword(installation, suffix: suffix)
                group.addTask { try program.run(request: Self.request).status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [111, 111])
        #expect(Set(installation.messages().suffix(2)).count == 1 && installation.messages().count == 28)
    }
}
