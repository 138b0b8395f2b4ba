import Credentials
import Foundation
import TestSupport
import Testing

/// What is broken is answered 111 with one clear line in the log: never 1, never 0.
struct FaultTests {
    private func installation() throws -> (ProgramInstallation, String) {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        return (installation, try installation.createAppPassword())
    }

    /// - Parameter named: What the message names: a path, or the cause.
    private func expectOutage(_ installation: ProgramInstallation, _ password: String, _ named: String) throws {
        for password in [password, "main secret", "wrong"] {
            let before = installation.logLines.count
            let answer = try Checkpassword(installation).run("alice@example.org", password)
            #expect(answer.status == 111 && answer.reply == "", "\(answer)")
            let messages = installation.messages().dropFirst(before)
            #expect(messages.count == 1)
            #expect(messages.first?.hasPrefix("Temporary failure: ") == true)
            #expect(messages.first?.contains(named) == true, "\(messages)")
        }
    }

    private func modes(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func owner(_ uid: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.ownerAccountID: uid], ofItemAtPath: path)
    }

    @Test func storeMissing() throws {
        let (installation, password) = try installation()
        try FileManager.default.removeItem(atPath: installation.database)
        try expectOutage(installation, password, installation.database)
        #expect(!FileManager.default.fileExists(atPath: installation.database))
    }

    @Test func storeUnreadable() throws {
        let (installation, password) = try installation()
        try modes(0o600, installation.database)
        try expectOutage(installation, password, installation.database)
        try modes(0o660, installation.database)
        try modes(0o700, installation.directory.file("var"))
        try expectOutage(installation, password, installation.database)
    }

    @Test func storeLockedForLongerThanTheBusyTimeout() throws {
        let (installation, password) = try installation()
        let holder = try installation.stored.lockOutEverybody()
        try expectOutage(installation, password, "locked")
        holder.send(SIGKILL)
        _ = holder.wait()
        #expect(try Checkpassword(installation).run("alice@example.org", password).status == 0)
    }

    @Test func storeCorrupt() throws {
        for offset in [0, 100, 4096] {
            let (installation, password) = try installation()
            let file = try #require(FileHandle(forWritingAtPath: installation.database))
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: Data([UInt8](repeating: 0xa5, count: 60_000)))
            try file.close()
            for password in [password, "main secret", "wrong"] {
                let answer = try Checkpassword(installation).run("alice@example.org", password)
                #expect(answer.status == 111, "\(offset) \(answer)")
            }
            #expect(installation.messages().count == 3)
            for message in installation.messages() {
                #expect(message.hasPrefix("Temporary failure: the database is damaged"), "\(message)")
            }
        }
    }

    @Test func storeTruncated() throws {
        let (installation, password) = try installation()
        truncate(installation.database, 5000)
        try expectOutage(installation, password, "damaged")
        truncate(installation.database, 0)
        try expectOutage(installation, password, installation.database)
    }

    @Test func storeOfANewerSchema() throws {
        let (installation, password) = try installation()
        try installation.stored.claimSchema(99)
        try expectOutage(installation, password, "99")
    }

    @Test func keyFile() throws {
        let (installation, password) = try installation()
        let key = installation.keyFile
        let sound = try #require(FileManager.default.contents(atPath: key))
        try modes(0o644, key)
        try expectOutage(installation, password, "chmod 0640 \(key)")
        try modes(0o660, key)
        try expectOutage(installation, password, "chmod 0640 \(key)")
        try modes(0o600, key)
        try expectOutage(installation, password, key)
        try modes(0o640, key)
        try owner(65_534, key)
        try expectOutage(installation, password, "chown root:postern \(key)")
        try owner(0, key)
        try Data(sound.dropLast()).write(to: URL(filePath: key))
        try expectOutage(installation, password, " 31 ")
        try Data(sound.reversed()).write(to: URL(filePath: key))
        try expectOutage(installation, password, "key file is not the one")
        try FileManager.default.removeItem(atPath: key)
        try expectOutage(installation, password, key)
    }

    @Test func configurationFile() throws {
        let (installation, password) = try installation()
        var program = Checkpassword(installation)
        program.arguments = ["--config", installation.directory.file("none.conf")]
        let missing = try program.run("alice@example.org", password)
        #expect(missing.status == 111 && missing.error.contains("none.conf"))
        program.arguments = ["--config", try installation.directory.write("\nhash_passes = many\n", to: "bad.conf")]
        let bad = try program.run("alice@example.org", password)
        #expect(bad.status == 111 && bad.error.contains("bad.conf:2: hash_passes = many: "))
    }

    @Test func logFileThatCannotBeWritten() throws {
        let (installation, password) = try installation()
        try modes(0o600, installation.log)
        let answer = try Checkpassword(installation).run("alice@example.org", password)
        #expect(answer.status == 0 && answer.error.contains(installation.log))
        #expect(answer.error.contains("Signed in with app password"))
    }

    /// A small file system of its own: full, then read-only, each with and without a left-over write-ahead log.
    @Test(arguments: [true, false])
    func diskFullAndReadOnly(_ hasLog: Bool) throws {
        let (installation, password) = try installation()
        let disk = try SmallDisk(installation)
        defer { disk.unmount() }
        if hasLog {
            // A process that was killed leaves its log behind.
            try disk.stored.leaveLogOfKilledWriter()
            #expect(try Checkpassword(installation).run("alice@example.org", "wrong at first").status == 1)
        }
        try disk.fill()
        func attempt(_ password: String) throws -> Int32 {
            try Checkpassword(installation).run("alice@example.org", password).status
        }
        #expect(try attempt(password) == 0)
        #expect(try attempt("main secret") == 0)
        #expect(try attempt("wrong") == 111)
        #expect(try attempt("wrong") == 111)
        let last = installation.messages().last
        #expect(last?.hasPrefix("Temporary failure: ") == true, "\(installation.messages())")

        try disk.makeRoom()
        try disk.remount("ro")
        #expect(try attempt(password) == 0)
        #expect(try attempt("main secret") == 0)
        #expect(try attempt("wrong") == 111)
        #expect(installation.messages().last?.hasPrefix("Temporary failure: the database cannot be written") == true)
    }

    @Test func hashWorkersAllBusy() throws {
        let installation = try ProgramInstallation("hash_workers = 1")
        try installation.addAccount()
        let password = try installation.createAppPassword()
        let slot = installation.directory.file("var/hash-slot.0")
        let holder = try holdLock(slot)
        #expect(try Checkpassword(installation).run("alice@example.org", "main secret").status == 111)
        #expect(installation.messages().last == "Temporary failure: all hash_workers stayed busy")
        // Generated app passwords need no slow hash.
        #expect(try Checkpassword(installation).run("alice@example.org", password).status == 0)
        holder.send(SIGKILL)
        _ = holder.wait()
        #expect(try Checkpassword(installation).run("alice@example.org", "main secret").status == 0)
    }

    @Test func tooLittleMemoryForAHash() throws {
        let installation = try ProgramInstallation("hash_memory_limit = 524288")
        let hash = "$argon2id$v=19$m=524288,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        try installation.perform(["account", "add", "alice@example.org", "--hash-stdin"], input: hash + "\n")
        let answer = try Checkpassword(installation).run("alice@example.org", "x")
        #expect(answer.status == 111)
        #expect(installation.messages() == ["Temporary failure: there is not enough memory to verify a stored hash"])
    }
}
