import Credentials
import Imports
import TestSupport
import Testing

/// How the dumps of each program begin and end: whole they are read, cut between two statements they are not.
struct DumpStyleTests {
    private let directory = TemporaryDirectory()

    /// mailcow's tables, the second factors last.
    private static let body = """
        CREATE TABLE `mailbox` (`username` x, `password` x, `domain` x, `attributes` x, `authsource` x, `kind` x, `active` x);
        INSERT INTO `mailbox` (`username`, `password`, `domain`, `attributes`, `authsource`, `kind`, `active`) VALUES
        ('alice@example.org', '{SSHA}x', 'example.org', '{}', 'mailcow', '', '1');
        CREATE TABLE `app_passwd` (`id` x, `name` x, `mailbox` x, `password` x, `active` x);
        CREATE TABLE `domain` (`domain` x, `active` x);
        INSERT INTO `domain` VALUES ('example.org', '1');
        CREATE TABLE `tfa` (`username` x, `authmech` x, `secret` x, `active` x);
        """
    private static let factors = "INSERT INTO `tfa` VALUES ('alice@example.org', 'totp', 'JBSWY3DPEHPK3PXP', '1');"

    private struct Style: Sendable, CustomStringConvertible {
        let description: String
        let head: String
        let foot: String
    }

    private static let mode = "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;"
    private static let modeEnd = "/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;"
    private static let sets = "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;"
    private static let setsEnd = "/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;"

    private static let styles = [
        Style(
            description: "mysqldump", head: "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)",
            foot: "-- Dump completed on 2026-11-28  1:02:03"),
        Style(
            description: "mariadb-dump, no date", head: "-- MariaDB dump 10.19-11.4.2-MariaDB, for x",
            foot: "-- Dump completed"),
        Style(
            description: "after a warning",
            head: "mysqldump: [Warning] Using a password on the command line interface can be insecure.\n"
                + "-- MySQL dump 10.13", foot: "-- Dump completed"),
        Style(
            description: "after a message of a renamed program",
            head:
                "/usr/bin/mysqldump: Deprecated program name. It will be removed, use '/usr/bin/mariadb-dump' instead\n"
                + "-- MariaDB dump 10.19", foot: "-- Dump completed"),
        Style(
            description: "sandbox mode", head: "/*!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19",
            foot: "-- Dump completed"),
        Style(
            description: "newer sandbox mode", head: "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19",
            foot: "-- Dump completed"),
        Style(
            description: "--skip-comments",
            head: "\(mode)\n/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;",
            foot: "\(modeEnd)\n/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;"),
        Style(
            description: "--skip-comments of MariaDB 11.4",
            head: "\(mode)\n/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;",
            foot: "\(modeEnd)\n/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;"),
        Style(
            description: "phpMyAdmin",
            head: "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\n"
                + "START TRANSACTION;\nSET time_zone = \"+00:00\";\n\(sets)", foot: "COMMIT;\n\n\(setsEnd)"),
        Style(
            description: "phpMyAdmin without a transaction", head: "-- phpMyAdmin SQL Dump\n\(sets)", foot: setsEnd),
        Style(description: "phpMyAdmin as text", head: "START TRANSACTION;", foot: "COMMIT;"),
        Style(
            description: "Adminer", head: "-- Adminer 4.8.1 MySQL 5.5.5-10.11.19-MariaDB dump\n\nSET NAMES utf8;",
            foot: "-- 2026-11-28 22:31:17"),
        Style(description: "Adminer 5", head: "-- Adminer 5.3.0 MariaDB 11.4 dump", foot: "-- 2026-11-28 22:31:17 UTC"),
        Style(
            description: "HeidiSQL",
            head: "-- HeidiSQL Version:             12.6.0.6765\n\(sets)\n/*!40014 SET "
                + "@OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n\(mode)\n"
                + "/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;",
            foot: "/*!40103 SET TIME_ZONE=IFNULL(@OLD_TIME_ZONE, 'system') */;\n"
                + "/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n"
                + "/*!40014 SET FOREIGN_KEY_CHECKS=IFNULL(@OLD_FOREIGN_KEY_CHECKS, 1) */;\n\(setsEnd)\n"
                + "/*!40111 SET SQL_NOTES=IFNULL(@OLD_SQL_NOTES, 1) */;"),
        Style(
            description: "HeidiSQL 9", head: "-- HeidiSQL Version: 9.5\n\(sets)\n/*!40101 SET NAMES utf8 */;\n\(mode)",
            foot: "/*!40101 SET SQL_MODE=IFNULL(@OLD_SQL_MODE, '') */;\n\(setsEnd)"),
        Style(description: "sqlite3", head: "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;", foot: "COMMIT;"),
        Style(
            description: "pg_dump", head: "--\n-- PostgreSQL database dump\n--\n\\restrict abc",
            foot: "--\n-- PostgreSQL database dump complete\n--\n\\unrestrict abc"),
        Style(
            description: "pg_dumpall", head: "--\n-- PostgreSQL database cluster dump\n--",
            foot: "--\n-- PostgreSQL database cluster dump complete\n--"),
    ]

    private func read(_ text: String, acceptsPartial: Bool = false) throws {
        let tables = try SourceTables(Mailcow.tables, of: Mailcow.name, acceptsPartial: acceptsPartial)
        try tables.read(try directory.write(text, to: "dump.sql"))
        var factors = 0
        try Mailcow(tables).eachAccount(
            { (account) throws(SourceError) in factors += account.secondFactor == .totp ? 1 : 0 }, note: { _ in })
        guard factors == 1 else { throw TestFailure("read without its second factor") }
    }

    @Test(arguments: styles.indices)
    func wholeOrNotAtAll(_ index: Int) throws {
        let style = Self.styles[index]
        let lines = "\(style.head)\n\(Self.body)\n\(Self.factors)\n\(style.foot)\n"
        try read(lines)
        for cut in [
            "\(style.head)\n\(Self.body)\n", "\(style.head)\n\(Self.body)\n\(Self.factors)\n",
        ] {
            #expect("\(style)") {
                try read(cut, acceptsPartial: true)
            } throws: { "\($0)".contains("cut off") }
        }
    }

    /// What has no end is read only if somebody says that it is whole.
    @Test(arguments: ["", "/*!40101 SET NAMES binary*/;\n", "SET NAMES utf8mb4;\n"])
    func withoutAnEnd(_ head: String) throws {
        let text = "\(head)\(Self.body)\n\(Self.factors)\n"
        #expect {
            try read(text)
        } throws: { "\($0)".contains("--accept-partial") }
        try read(text, acceptsPartial: true)
    }

    /// Data alone, with the names of columns; a table without rows is locked, and so it is in the dump.
    @Test func dataOnly() throws {
        let data = """
            -- MySQL dump 10.13
            LOCK TABLES `mailbox` WRITE;
            INSERT INTO `mailbox` (`username`, `password`, `domain`, `active`) VALUES ('alice@example.org','{SSHA}x','example.org',1);
            UNLOCK TABLES;
            LOCK TABLES `app_passwd` WRITE;
            UNLOCK TABLES;
            INSERT INTO `domain` (`domain`, `active`) VALUES ('example.org',1);
            INSERT INTO `tfa` (`id`, `username`, `authmech`, `secret`, `active`) VALUES
            (1,'alice@example.org','totp','JBSWY3DPEHPK3PXP',1);
            -- Dump completed

            """
        try read(data)
        let messages = data.replacing("-- MySQL dump 10.13\n", with: "mysqldump: [Warning] x\n")
            .replacing("-- Dump completed\n", with: "")
        try read(messages, acceptsPartial: true)
        #expect {
            try read(data.replacing("LOCK TABLES `app_passwd`", with: "LOCK TABLES `other`"))
        } throws: { "\($0)".contains("no table app_passwd") }
    }

    /// What is no text is an error only in a column that is wanted.
    @Test func bytesThatAreNoText() throws {
        func dump(_ column: String, _ value: String) -> String {
            """
            -- MySQL dump
            \(Self.body)
            \(Self.factors)
            INSERT INTO `mailbox` (`username`, `\(column)`, `active`) VALUES ('bob@example.org', \(value), CONV('1', 2, 10) + 0);
            -- Dump completed

            """
        }
        for value in ["0xff", "_binary 0xFFFE", "X'e9'"] {
            try read(dump("picture", value))
            #expect {
                try read(dump("password", value))
            } throws: { "\($0)".contains("not UTF-8") }
        }
        try read(dump("password", "_binary '{SSHA}x'"))
    }

    /// One system's source is not another's.
    @Test func otherSystems() throws {
        func read(_ wanted: [SourceTables.Wanted], of system: String, _ text: String) throws {
            let tables = try SourceTables(wanted, of: system)
            try tables.read(try directory.write("-- MySQL dump\n\(text)\n-- Dump completed\n", to: "dump.sql"))
        }
        let mailbox = "CREATE TABLE mailbox (username x, password x, domain x, active x);"
        try read(PostfixAdmin.tables, of: PostfixAdmin.name, mailbox)
        for (text, system) in [
            ("CREATE TABLE tfa (username x);", "mailcow"), ("INSERT INTO app_passwd VALUES (1);", "mailcow"),
            ("CREATE TABLE forwardings (x x);", "iredmail"),
            ("COPY public.used_quota (a) FROM stdin;\n\\.", "iredmail"),
            ("CREATE TABLE `alternative` (x x);", "mailu"), ("CREATE TABLE core_user (x x);", "modoboa"),
        ] {
            #expect("\(text)") {
                try read(PostfixAdmin.tables, of: PostfixAdmin.name, "\(mailbox)\n\(text)")
            } throws: { "\($0)".contains("belongs to \(system), not to postfixadmin") }
        }
        for (columns, system) in [
            ("username x, attributes x", "mailcow"), ("username x, enableimap x", "iredmail"),
        ] {
            #expect("\(columns)") {
                try read(PostfixAdmin.tables, of: PostfixAdmin.name, "CREATE TABLE mailbox (\(columns));")
            } throws: { "\($0)".contains("belongs to \(system)") }
        }
        #expect {
            try read(
                Mailcow.tables, of: Mailcow.name, "CREATE TABLE mailbox (username x, token_validity x);")
        } throws: { "\($0)".contains("belongs to postfixadmin, not to mailcow") }
        // Of version 4 on, its app passwords have to be there.
        #expect {
            try read(
                PostfixAdmin.tables, of: PostfixAdmin.name,
                "CREATE TABLE mailbox (username x, password x, totp_secret x, active x);")
        } throws: { "\($0)".contains("no table mailbox_app_password") }
    }

    /// gzip is read, in one piece or several; what else it may come in is named, with what to type.
    @Test func containers() throws {
        let whole = "-- MySQL dump\n\(Self.body)\n\(Self.factors)\n-- Dump completed\n"
        let file = try directory.write(whole, to: "plain.sql")
        let packed = directory.file("dump.sql.gz")
        _ = try run(["sh", "-c", "(head -c 300 \(file) | gzip; tail -c +301 \(file) | gzip) > \(packed)"])
        let tables = try SourceTables(Mailcow.tables, of: Mailcow.name)
        try tables.read(packed)
        _ = try Mailcow(tables)
        _ = try run(["sh", "-c", "head -c 200 \(packed) > \(packed).cut"])
        #expect {
            try SourceTables(Mailcow.tables, of: Mailcow.name).read("\(packed).cut")
        } throws: { "\($0)".contains("gzip data does not end") }
        _ = try run(["sh", "-c", "printf '\\037\\213\\010\\377broken' > \(packed).broken"])
        #expect {
            try SourceTables(Mailcow.tables, of: Mailcow.name).read("\(packed).broken")
        } throws: { "\($0)".contains("cannot be unpacked") }
        for (bytes, words) in [
            ("BZh91AY", "bzip2 -dc"), ("\u{28}\u{b5}", ""), ("PK\u{3}\u{4}xxxx", "unzip -p"),
            ("PGDMP\u{1}", "pg_restore"),
        ] where !words.isEmpty {
            #expect("\(words)") {
                try SourceTables(Mailcow.tables, of: Mailcow.name).read(try directory.write(bytes, to: "other"))
            } throws: { "\($0)".contains(words) }
        }
    }
}
