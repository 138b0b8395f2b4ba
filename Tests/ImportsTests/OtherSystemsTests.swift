import Credentials
import Imports
import TestSupport
import Testing

/// docker-mailserver and iRedMail.
struct OtherSystemsTests {
    private let directory = TemporaryDirectory()

    private func read(_ source: some ImportSource) throws -> (accounts: [String], notes: [String]) {
        var accounts: [String] = []
        var notes: [String] = []
        try source.eachAccount(
            { (account) throws(SourceError) in
                let services = account.policy.services?.services.map(\.rawValue).joined(separator: ",") ?? "all"
                let networks = account.appPasswords.map { "\($0.networks)\($0.isDisabled ? " off" : "")" }
                let aliases = (account.aliases ?? []).map(\.text).joined(separator: ",")
                accounts.append(
                    "\(account.name.text) \(account.mainHash ?? "-") \(account.isDisabled ? "off" : "on") \(services) "
                        + "\(networks) \(aliases)")
                notes += account.notes.map(\.text)
            }, note: { notes.append($0.subject + ": " + $0.text) })
        return (accounts, notes)
    }

    @Test func dockerMailserver() throws {
        var source = DockerMailserver()
        try source.read(
            accounts: Array(
                """
                # accounts
                alice@example.org|{SHA512-CRYPT}$6$salt$hash|userdb_mail=mbox:~/mail:INBOX=~/inbox allow_nets=192.0.2.0/24
                bob@example.org|$6$salt$hash

                carol@example.org|{SSHA}x|nologin
                no line at all

                """.utf8))
        try source.read(
            virtual: Array(
                """
                info@example.org alice@example.org, bob@example.org,
                @example.org\tbob@example.org
                elsewhere@example.org someone@example.com

                """.utf8))
        let (accounts, notes) = try read(source)
        #expect(
            accounts == [
                "alice@example.org - on all [\"[192.0.2.0/24]\"] info@example.org",
                "bob@example.org {SHA512-CRYPT}$6$salt$hash on all [] @example.org,info@example.org",
                "carol@example.org {SSHA}x off all [] ",
            ])
        #expect(notes.contains(": a line without a \"|\""))
        #expect(!notes.contains { $0.contains("$6$") || $0.contains("no line") })
    }

    private static let dump = """
        -- MariaDB dump 10.19
        CREATE TABLE `domain` (`domain` x, `active` x, `backupmx` x);
        INSERT INTO `domain` VALUES ('example.org',1,0),('off.example',0,0),('backup.example',1,1);
        CREATE TABLE `mailbox` (`username` x, `password` x, `domain` x, `enableimap` x, `enableimapsecured` x,
            `enableimaptls` x, `enablepop3` x, `enablepop3secured` x, `enablesmtp` x, `enablesmtpsecured` x,
            `enablesieve` x, `enablesievesecured` x, `enablemanagesieve` x, `enablemanagesievesecured` x,
            `allow_nets` x, `active` x);
        INSERT INTO `mailbox` VALUES
        ('Alice@example.org','{SSHA512}x','example.org',1,1,1,1,1,1,1,1,1,1,1,NULL,1),
        ('bob@example.org','{BLF-CRYPT}$2y$x','example.org',1,0,0,0,0,1,1,1,1,1,0,NULL,1),
        ('carol@example.org','$1$x','example.org',0,0,1,0,1,1,0,0,1,1,1,'192.0.2.0/24,10.0.0.1',1),
        ('dave@example.org','{SSHA512}x','example.org',1,1,1,1,1,1,1,1,1,1,1,'',0),
        ('eve@off.example','5f4dcc3b5aa765d61d8327deb882cf99','off.example',1,1,1,1,1,1,1,1,1,1,1,NULL,1),
        ('fay@backup.example','x','backup.example',1,1,1,1,1,1,1,1,1,1,1,NULL,1);
        CREATE TABLE `alias` (`address` x, `active` x);
        INSERT INTO `alias` VALUES ('list@example.org',1),('old@example.org',0);
        CREATE TABLE `alias_domain` (`alias_domain` x, `target_domain` x, `active` x);
        INSERT INTO `alias_domain` VALUES ('example.net','example.org',1),('example.com','example.org',0);
        CREATE TABLE `forwardings` (`address` x, `forwarding` x, `is_list` x, `is_forwarding` x, `is_alias` x, `active` x);
        INSERT INTO `forwardings` VALUES
        ('alice@example.org','alice@example.org',0,1,0,1),('alice@example.org','bob@example.org',0,1,0,1),
        ('info@example.org','bob@example.org',0,0,1,1),('gone@example.org','bob@example.org',0,0,1,0),
        ('list@example.org','bob@example.org',1,0,0,1),('old@example.org','bob@example.org',1,0,0,1),
        ('example.org','bob@example.org',0,0,0,1);
        -- Dump completed

        """

    @Test func iRedMail() throws {
        let tables = try SourceTables(IRedMail.tables, of: IRedMail.name)
        try tables.read(try directory.write(Self.dump, to: "dump.sql"))
        let (accounts, notes) = try read(try IRedMail(tables, defaultScheme: nil))
        #expect(
            accounts == [
                "alice@example.org {SSHA512}x on all [] alice@example.net",
                "bob@example.org {BLF-CRYPT}$2y$x on smtp [] "
                    + "@example.org,bob@example.net,info@example.org,list@example.org",
                "carol@example.org - on imap,pop3,sieve [\"[192.0.2.0/24, 10.0.0.1]\"] carol@example.net",
                "dave@example.org - off all [\"[] off\"] dave@example.net",
                "eve@off.example 5f4dcc3b5aa765d61d8327deb882cf99 off all [] ",
                "fay@backup.example x off all [] ",
            ])
        #expect(notes.contains { $0.contains("allowed from no network") })
        // Nor does another system's import take it.
        #expect {
            try SourceTables(PostfixAdmin.tables, of: PostfixAdmin.name).read(
                try directory.write(Self.dump, to: "dump.sql"))
        } throws: { "\($0)".contains("belongs to iredmail, not to postfixadmin") }
    }
}
