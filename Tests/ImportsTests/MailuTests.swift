import Credentials
import Imports
import TestSupport
import Testing

/// Mailu on PostgreSQL and MariaDB, as pg_dump and mysqldump write it. The guide's test has it on SQLite.
struct MailuTests {
    private let directory = TemporaryDirectory()

    private func read(_ dump: String) throws -> (accounts: [String], notes: [String]) {
        let tables = try SourceTables(Mailu.tables, of: Mailu.name)
        try tables.read(try directory.write(dump, to: "dump.sql"))
        let source = try Mailu(tables)
        var accounts: [String] = []
        var notes: [String] = []
        try source.eachAccount(
            { (account) throws(SourceError) in
                let services = account.policy.services?.services.map(\.rawValue).joined(separator: ",") ?? "all"
                let tokens = account.appPasswords.map { "\($0.name) \($0.networks)" }.joined(separator: "; ")
                accounts.append(
                    "\(account.name.text) \(account.isDisabled ? "off" : "on") \(services) [\(tokens)] "
                        + (account.aliases ?? []).map(\.text).joined(separator: ","))
                notes += account.notes.map(\.text)
            }, note: { notes.append($0.text) })
        return (accounts, notes)
    }

    private static let expected = [
        "alice@example.org on all [Laptop [192.0.2.0/24]; token 2 []] @example.org,alice@example.net,info@example.org",
        "bob@example.org off pop3,smtp,sieve [] bob@example.net",
    ]

    @Test func postgreSQL() throws {
        let (accounts, _) = try read(
            """
            --
            -- PostgreSQL database dump
            --

            \\restrict abcdef

            SET standard_conforming_strings = on;
            CREATE TABLE public."user" (
                created_at date NOT NULL,
                email character varying(255) NOT NULL,
                password character varying(255) NOT NULL,
                enabled boolean NOT NULL,
                enable_imap boolean NOT NULL,
                enable_pop boolean NOT NULL
            );
            CREATE TABLE public.token (
                id integer NOT NULL
            );
            COPY public.alias (email, wildcard, destination) FROM stdin;
            info@example.org\tf\talice@example.org
            %@example.org\tt\talice@example.org
            sales%@example.org\tt\talice@example.org
            \\.

            COPY public.alternative (name, domain_name) FROM stdin;
            example.net\texample.org
            \\.

            COPY public.fetch (id, host) FROM stdin;
            1\tnobody; wants 'this
            \\.

            COPY public.token (id, user_email, password, ip, comment, created_at) FROM stdin;
            1\tAlice@example.org\t$pbkdf2-sha256$1$x$y\t192.0.2.7/24\tLaptop\t2024-05-06
            2\talice@example.org\t$pbkdf2-sha256$1$x$y\t\\N\t\t2024-05-06
            \\.

            COPY public."user" (created_at, email, password, enabled, enable_imap, enable_pop) FROM stdin;
            2023-01-01\talice@example.org\t$bcrypt-sha256$v=2,t=2b,r=12$x$y\tt\tt\tt
            2023-01-01\tbob@example.org\tx\tf\tf\tt
            \\.

            ALTER TABLE ONLY public.token ADD CONSTRAINT token_pkey PRIMARY KEY (id);
            --
            -- PostgreSQL database dump complete
            --

            \\unrestrict abcdef
            """)
        #expect(accounts == Self.expected)
    }

    @Test func mariaDB() throws {
        let (accounts, _) = try read(
            """
            -- MariaDB dump 10.19
            CREATE TABLE `alias` (`email` varchar(255), `wildcard` tinyint(1), `destination` varchar(1023));
            INSERT INTO `alias` VALUES ('info@example.org',0,'alice@example.org'), ('%@example.org',1,'alice@example.org');
            CREATE TABLE `alternative` (`name` varchar(80), `domain_name` varchar(80));
            INSERT INTO `alternative` VALUES ('example.net','example.org');
            CREATE TABLE `token` (`id` int(11), `user_email` varchar(255), `password` varchar(255), `ip` varchar(4096),
              `comment` varchar(255), `created_at` date);
            INSERT INTO `token` VALUES (1,'alice@example.org','x','192.0.2.7/24','Laptop','2024-05-06'),
              (2,'alice@example.org','x',NULL,NULL,'2024-05-06');
            CREATE TABLE `user` (`email` varchar(255), `password` varchar(255), `enabled` tinyint(1),
              `enable_imap` tinyint(1), `enable_pop` tinyint(1));
            INSERT INTO `user` VALUES ('alice@example.org','x',1,1,1),('bob@example.org','x',0,0,1);
            -- Dump completed on 2026-11-21
            """)
        #expect(accounts == Self.expected)
    }

    /// Disabled aliases, and those of a disabled owner, let nobody send.
    @Test func disabledAliases() throws {
        let (accounts, _) = try read(
            """
            -- MySQL dump
            CREATE TABLE `user` (email x, password x, enabled x, totp_enabled x, totp_secret x);
            INSERT INTO `user` VALUES ('alice@example.org','x',1,0,NULL),('bob@example.org','x',0,0,NULL);
            CREATE TABLE token (id x, user_email x, password x, ip x, comment x, created_at x);
            CREATE TABLE alias (email x, wildcard x, destination x, disabled x, owner_email x);
            INSERT INTO alias VALUES ('a@example.org',0,'alice@example.org',0,NULL),
                ('b@example.org',0,'alice@example.org',1,NULL),('c@example.org',0,'alice@example.org',0,'bob@example.org'),
                ('d@example.org',0,'alice@example.org',0,'Alice@example.org');
            -- Dump completed

            """)
        #expect(accounts == ["alice@example.org on all [] a@example.org,d@example.org", "bob@example.org off all [] "])
    }

    /// A second factor that newer versions know.
    @Test func secondFactors() throws {
        let tables = try SourceTables(Mailu.tables, of: Mailu.name)
        try tables.read(
            try directory.write(
                """
                -- MySQL dump
                CREATE TABLE `user` (email x, password x, enabled x, totp_enabled x, totp_secret x);
                INSERT INTO `user` VALUES ('a@example.org','x',1,1,'JBSWY3DPEHPK3PXP'),('b@example.org','x',1,1,NULL),
                    ('c@example.org','x',1,0,'JBSWY3DPEHPK3PXP');
                CREATE TABLE token (id x, user_email x, password x, ip x, comment x, created_at x);
                -- Dump completed

                """, to: "dump.sql"))
        var factors: [SecondFactor] = []
        try Mailu(tables).eachAccount(
            { (account) throws(SourceError) in factors.append(account.secondFactor) }, note: { _ in })
        #expect(factors == [.totp, .external, .off])
    }
}
