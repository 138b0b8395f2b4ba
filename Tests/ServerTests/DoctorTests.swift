import AdminCommands
import Credentials
import Foundation
import TestSupport
import Testing

/// `postern doctor` on real installations.
@Suite(.serialized)
struct DoctorTests {
    private func doctor(_ installation: ProgramInstallation, dovecot: String) throws -> (Int32, String) {
        let file = try installation.directory.write(dovecot, to: "dovecot.conf")
        let jail = try PrivateFailToBan(.file, log: "/dev/null")
        let result = try installation.postern([
            "doctor", "--dovecot-config", file, "--fail2ban-config", jail.configuration,
        ])
        return (result.status, result.output)
    }

    /// The test's operator has enabled all stock mail jails. Without the shipped files, `doctor` names each of them.
    @Test func failToBan() throws {
        let installation = try ProgramInstallation()
        let jail = try PrivateFailToBan(.file, log: "/dev/null")
        func findings() throws -> [String] {
            let result = try installation.postern(["doctor", "--fail2ban-config", jail.configuration])
            return result.output.split(separator: "\n").map(String.init).filter { $0.contains(": fail2ban: ") }
        }
        #expect(try findings() == ["good: fail2ban: counts guesses, and nothing else"])
        for file in ["postern-instead.local", "postern.local"] {
            try FileManager.default.removeItem(atPath: jail.configuration + "/jail.d/" + file)
        }
        let found = try findings()
        for words in ["has no jail", "stock jail 'dovecot'", "stock jail 'postfix-sasl'", "jail 'postfix' counts"] {
            #expect(found.count { $0.hasPrefix("warning: ") && $0.contains(words) } == 1, "\(words): \(found)")
        }
    }

    private static let sound = """
        passdb {
          driver = checkpassword
          args = /usr/local/libexec/postern-checkpassword
        }
        userdb {
          driver = prefetch
        }
        auth_username_chars =
        service auth {
          extra_groups = postern
        }
        service anvil {
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }

        """

    @Test(arguments: ["dovecot-2.3-checkpassword.conf", "dovecot-2.3-lua.conf"])
    func shippedConfigurationIsSound(_ file: String) throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        defer { daemon.stop() }
        let shipped = try String(contentsOfFile: Repository.file("dovecot-conf/" + file), encoding: .utf8)
        let (status, output) = try doctor(installation, dovecot: shipped)
        #expect(status == 0, "\(output)")
        #expect(!output.contains("bad:") && !output.contains("warning:"), "\(output)")
        #expect(output.contains("good: dovecot: its configuration fits"))
    }

    /// Which of the two programs fits.
    @Test func programForDaemonOrWithout() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        func warnings(_ name: String) throws -> [Substring] {
            let file = Repository.file("dovecot-conf/dovecot-2.3-\(name).conf")
            let shipped = try String(contentsOfFile: file, encoding: .utf8)
            let (_, output) = try doctor(installation, dovecot: shipped)
            return output.split(separator: "\n").filter { $0.hasPrefix("warning: passdb: ") }
        }
        #expect(try warnings("checkpassword").isEmpty)
        #expect(try warnings("checkpassword-local").first?.contains("include dovecot-2.3-checkpassword.conf") == true)
        daemon.stop()
        #expect(try warnings("checkpassword-local").isEmpty)
        #expect(try warnings("checkpassword").first?.contains("starts two programs; start posternd, or") == true)
    }

    /// With the doveconf of Dovecot 2.4 first in PATH.
    @Test(.enabled(if: Debian13.isInstalled))
    func shippedConfigurationOfDovecot24IsSound() throws {
        let installation = try ProgramInstallation()
        let daemon = try DaemonProcess(installation)
        let shipped = try String(contentsOfFile: Repository.file("dovecot-conf/dovecot-2.4.conf"), encoding: .utf8)
        let versions = "dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\n"
        let file = try installation.directory.write(versions + shipped, to: "dovecot.conf")
        let command = Debian13.exec(installation.directory.path, ["doveconf"]).joined(separator: " ")
        // Another program copies the script: if a child inherited the file open for writing, it could not be executed
        // (ETXTBSY).
        let script = try installation.directory.write("#!/bin/sh\nexec \(command) \"$@\"\n", to: "script")
        try requireSuccess(["install", "-m", "755", script, installation.directory.file("doveconf")])
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = installation.directory.path + ":" + (environment["PATH"] ?? "")
        let result = try run(
            [
                Repository.program("postern"), "--config", installation.configurationFile, "doctor", "--dovecot-config",
                file,
            ], environment: environment)
        #expect(result.status == 0 && result.output.contains("good: dovecot: its configuration fits"), "\(result)")
        daemon.stop()
        let withoutDaemon = try installation.postern(["doctor", "--dovecot-config", file]).output
        #expect(withoutDaemon.contains("warning: dovecot_socket: no answer on "))
    }

    @Test(arguments: [
        ("auth_cache_size = 10M\n", 1, "bad: auth_cache_size: is 10 M"),
        ("auth_username_chars = abc\n", 1, "bad: auth_username_chars: is not empty"),
        ("auth_verbose = yes\n", 0, "warning: auth_verbose: is on"),
        ("auth_verbose_passwords = sha1\n", 1, "bad: auth_verbose_passwords: is sha1"),
        ("auth_debug_passwords = yes\n", 1, "bad: auth_debug_passwords: is on"),
        ("passdb {\n driver = pam\n}\n", 0, "warning: passdb: there is another passdb"),
    ])
    func whatIsWrong(_ addition: String, _ status: Int32, _ words: String) throws {
        let installation = try ProgramInstallation()
        let (found, output) = try doctor(installation, dovecot: Self.sound + addition)
        #expect(found == status && output.contains(words), "\(output)")
    }

    @Test func whatIsMissing() throws {
        let installation = try ProgramInstallation()
        let (status, output) = try doctor(installation, dovecot: "passdb {\n driver = pam\n}\n")
        #expect(status == 1)
        #expect(output.contains("bad: passdb: no passdb asks Postern"))
        #expect(output.contains("bad: auth_username_chars: is not empty"))
        #expect(output.contains("bad: service auth: is not in group postern"))
        #expect(output.contains("warning: service anvil: its penalty is on"))
    }

    @Test func ownersAndModes() throws {
        let installation = try ProgramInstallation()
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: installation.database)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: installation.directory.file("var"))
        let (status, output) = try doctor(installation, dovecot: Self.sound)
        #expect(status == 1)
        #expect(output.contains("run 'chmod 0660 \(installation.database)'"))
        #expect(output.contains("run 'chmod 02770 \(installation.directory.file("var"))'"))
    }

    @Test func mailOwnerThatIsNobody() throws {
        let installation = try ProgramInstallation()
        let text = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(text.replacing("= 5000", with: "= nosuchone"), to: "postern.conf")
        let (status, output) = try doctor(installation, dovecot: Self.sound)
        #expect(status == 1)
        #expect(output.contains("bad: mail_uid: there is no user 'nosuchone'"))
        #expect(output.contains("bad: mail_gid: there is no group 'nosuchone'"))
    }

    /// Names with the same canonical form, accounts that may send as any address, fields that Dovecot 2.4 does not
    /// know, and names that Dovecot splits.
    @Test func whatTheStoreHas() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount("user@exämple.org")
        try installation.addAccount("relay@example.org")
        let (_, sound) = try doctor(installation, dovecot: Self.sound)
        #expect(!sound.contains("spelling") && !sound.contains("any address") && !sound.contains("2.4"), "\(sound)")
        try installation.stored.addAccount(spelled: "user@exämple.org", canonical: "user@xn--exmple-cua.org")
        try installation.addAccount("a+b@example.org")
        try installation.perform(["account", "send-as", "relay@example.org", "any"])
        try installation.perform(["account", "mailbox", "relay@example.org", "--field", "quota_rule=*:bytes=1G"])
        try installation.perform(["domain", "mailbox", "example.com", "--field", "mail=maildir:~/Maildir"])
        let (_, output) = try doctor(installation, dovecot: Self.sound)
        for words in [
            "warning: user@exämple.org: is another spelling of user@xn--exmple-cua.org",
            "warning: relay@example.org: may send as any address",
            "warning: relay@example.org: has the mail field quota_rule, which Dovecot 2.4 does not know",
            "warning: @example.com: has the mail field mail,",
            "warning: a+b@example.org: Dovecot's recipient_delimiter splits this name at '+'",
        ] { #expect(output.contains(words), "\(words) in \(output)") }
    }

    @Test func namesAsDovecotTakesThemApart() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount("a+b@example.org")
        let (_, output) = try doctor(installation, dovecot: Self.sound + "recipient_delimiter =\n")
        #expect(!output.contains("splits this name"), "\(output)")
    }

    /// Whether Postfix still asks Dovecot, in main.cf or in one service of master.cf.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/sbin/postconf")))
    func postfix() throws {
        let installation = try ProgramInstallation()
        let directory = installation.directory
        try FileManager.default.createDirectory(atPath: directory.file("postfix"), withIntermediateDirectories: true)
        func findings(_ main: String, _ master: String = "") throws -> String {
            try directory.write("queue_directory = \(directory.path)\n" + main, to: "postfix/main.cf")
            try directory.write("smtp inet n - y - - smtpd\n" + master, to: "postfix/master.cf")
            return try installation.postern(["doctor", "--postfix-config", directory.file("postfix")]).output
        }
        let path = installation.authSocket.split(separator: "/").last ?? ""
        let service = "submission inet n - y - - smtpd\n -o smtpd_sasl_auth_enable=yes\n"
        #expect(try !findings("").contains("postfix"))
        for (main, master, words) in [
            ("smtpd_sasl_path = \(path)\n", service, "good: postfix: asks posternd"),
            ("smtpd_sasl_path = unix:\(installation.authSocket)\n", service, "good: postfix: asks posternd"),
            (
                "smtpd_sasl_path = private/auth\n", service,
                "warning: postfix: smtpd_sasl_path = private/auth is not auth_socket"
            ),
            (
                "smtpd_sasl_path = \(path)\n", service + " -o smtpd_sasl_path=private/auth\n",
                "warning: postfix: submission/inet/smtpd_sasl_path = private/auth"
            ),
            ("smtpd_sasl_path = private/auth\nsmtpd_sasl_auth_enable = yes\n", "", "warning: postfix: smtpd_sasl_path"),
        ] {
            let found = try findings(main, master)
            #expect(found.contains(words), "\(found)")
        }
    }

    @Test func accountsThatCostTooMuch() throws {
        let installation = try ProgramInstallation()
        try installation.addAccount()
        let (store, _) = try installation.open()
        let alice = try World.name("alice@example.org")
        for number in 0..<5 {
            _ = try store.addAppPassword(
                .init(name: "Old \(number)"), verifier: .imported(hash: "{SHA}qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
                account: alice,
                change: { _ in .init(at: .now(), actor: "test", subject: alice.text, action: "test") })
        }
        let (_, output) = try doctor(installation, dovecot: Self.sound)
        #expect(output.contains("warning: alice@example.org: has 5 imported app passwords"))
    }
}
