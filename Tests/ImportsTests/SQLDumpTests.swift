import Imports
import Testing

/// What dumps say, and what is wrong with those that are broken.
struct SQLDumpTests {
    private func statements(_ dump: String, piece: Int = .max, wanted: Set<String> = ["t"]) throws -> [SQLStatement] {
        var statements = SQLStatements()
        var found: [SQLStatement] = []
        func take(_ one: SQLStatements.Piece) throws(SourceError) {
            if one.isRow {
                found.append(.rows(table: "t", columns: nil, [try SQLStatement.readCopied(one)]))
            } else {
                found.append(try SQLStatement.read(one) { wanted.contains($0) })
            }
        }
        var rest = Array(dump.utf8)[...]
        while !rest.isEmpty {
            try statements.feed(Array(rest.prefix(piece))[...]) { (one) throws(SourceError) in try take(one) }
            rest = rest.dropFirst(piece)
        }
        try statements.end { (one) throws(SourceError) in try take(one) }
        return found.filter { $0 != .other }
    }

    private func rows(_ dump: String) throws -> [[String?]] {
        try statements(dump).flatMap { one -> [[String?]] in
            if case .rows(_, _, let rows, _) = one { rows } else { [] }
        }
    }

    @Test(arguments: [
        ("INSERT INTO `t` VALUES (1,'a',NULL);", [["1", "a", nil]]),
        ("INSERT INTO t (b,a) VALUES (1,2),(3,4);", [["1", "2"], ["3", "4"]]),
        (
            #"INSERT INTO `t` VALUES ('it\'s','a\\b','c\nd','e''f','g\"h');"#,
            [["it's", #"a\b"#, "c\nd", "e'f", "g\"h"]]
        ),
        ("INSERT INTO `t` VALUES ('; -- no comment','/* none */','(),');", [["; -- no comment", "/* none */", "(),"]]),
        ("INSERT INTO `t` VALUES (-1.5e3,0x4142,X'43',_binary 'D',b'101');", [["-1.5e3", "AB", "C", "D", "5"]]),
        ("PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES('a\\','b');", [[#"a\"#, "b"]]),
        ("PRAGMA x;\nINSERT INTO t VALUES(replace('a\\nb','\\n',char(10)));", [["a\nb"]]),
        (
            "PRAGMA x;\n"
                + #"INSERT INTO t VALUES(unistr('a\u000ab\\c\0041\+000042\U00000043'),unistr(''),unistr('''\u0009\#u{301}'));"#,
            [["a\nb\\cABC", "", "'\t\u{301}"]]
        ),
        ("INSERT INTO public.t VALUES (true, false, E'a\\tb');", [["1", "0", "a\tb"]]),
        ("INSERT IGNORE INTO \"t\" VALUES ('a\nb')\n;", [["a\nb"]]),
        ("DELIMITER ;;\nCREATE TRIGGER x BEGIN SELECT 1; END ;;\nDELIMITER ;\nINSERT INTO t VALUES (1);", [["1"]]),
        ("\\restrict abc\nINSERT INTO t VALUES (1);\n-- x\n\\unrestrict abc\n", [["1"]]),
        ("COPY public.t (a, b) FROM stdin;\na\\tb\t\\N\n\t\\\\\n\\.\n", [["a\tb", nil], ["", "\\"]]),
        ("INSERT INTO other VALUES (broken;\nINSERT INTO t VALUES (1);", [["1"]]),
    ])
    func values(_ dump: String, _ expected: [[String?]]) throws {
        #expect(try rows(dump) == expected)
        // However it arrives.
        for piece in [1, 2, 7] {
            let found = try statements(dump, piece: piece)
            #expect(try found == statements(dump))
        }
    }

    @Test func columns() throws {
        let dump = """
            /*!40101 SET character_set_client = utf8 */;
            CREATE TABLE `t` (
              `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a, (b)',
              `kind` enum('a','b,c') DEFAULT 'a',
              `key` decimal(10,2),
              PRIMARY KEY (`id`), KEY `x` (`kind`,`key`), CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `o` (`id`)
            ) ENGINE=InnoDB /*!50100 PARTITION BY HASH (id) */;
            CREATE TABLE IF NOT EXISTS other (x int);
            """
        #expect(try statements(dump) == [.table("t", columns: ["id", "kind", "key"])])
        #expect(
            try statements("SET NAMES utf8mb4;\n/*!40101 SET NAMES latin1 */;") == [
                .charset("utf8mb4"), .charset("latin1"),
            ])
    }

    @Test(arguments: [
        ("INSERT INTO t VALUES (1,'a)", 1, "never ends"),
        ("SELECT 1;\nINSERT INTO t VALUES (1,\n'a'", 2, "never ends"),
        ("/* a\nb", 1, "never ends"),
        ("SELECT 1;\nINSERT INTO t VALUES (1,,2);", 2, "broken"),
        ("INSERT INTO t VALUES (1 2);", 1, "broken"),
        ("INSERT INTO t VALUES\n(1),\n(oops);", 3, "broken"),
        ("INSERT INTO t VALUES (now());", 1, "broken"), ("INSERT INTO t VALUES (upper('a'));", 1, "UPPER()"),
        (#"PRAGMA x; INSERT INTO t VALUES (unistr('\u00g0'));"#, 1, "number"),
        (#"PRAGMA x; INSERT INTO t VALUES (unistr('a\'));"#, 1, "number"),
        ("INSERT INTO t (a;b) VALUES (1);", 1, "broken"),
        ("INSERT t VALUES (1);", 1, "INTO"),
        ("CREATE TABLE t;", 1, "broken"),
        ("INSERT INTO t VALUES (" + String(repeating: "_x ", count: 100_000) + "'y');", 1, "broken"),
        ("WARN[0000] something\nINSERT INTO t VALUES (1);", 1, "is not SQL"),
        ("Warning: A partial dump; careful.\nSELECT 1;\nWarning: x\nINSERT INTO t VALUES (1);", 3, "is not SQL"),
        ("-- MySQL dump 10.13\nINSERT INTO t VALUES (1);\n", 2, "cut off"),
        ("-- MariaDB dump 10.19\n", 1, "cut off"),
        ("BEGIN TRANSACTION;\nINSERT INTO t VALUES (1);\n", 2, "cut off"),
        ("-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n1\n", 3, "within the rows"),
        ("SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE=0;\nSELECT 1;", 2, "cut off"),
    ])
    func broken(_ dump: String, _ line: Int, _ words: String) {
        #expect {
            try statements(dump)
        } throws: { error in
            guard case .malformed(line, let text)? = error as? SourceError else { return false }
            return text.contains(words)
        }
    }

    @Test func complete() throws {
        for (head, tail) in [
            ("-- MySQL dump 10.13", "-- Dump completed on 2026-11-21"), ("BEGIN TRANSACTION;", "COMMIT;"),
            ("-- PostgreSQL database dump", "-- PostgreSQL database dump complete"),
        ] {
            #expect(try rows("\(head)\nINSERT INTO t VALUES (1);\n\(tail)\n") == [["1"]])
        }
    }

    /// A function's BEGIN awaits no COMMIT.
    @Test func functions() throws {
        let dump = """
            -- PostgreSQL database dump
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE x int;
            BEGIN
              x := 1;
              RETURN NEW;
            END;
            $$;
            INSERT INTO t VALUES (1);
            -- PostgreSQL database dump complete

            """
        #expect(try rows(dump) == [["1"]])
    }

    @Test func endlessLine() {
        var statements = SQLStatements()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        #expect {
            for _ in 0..<10 { try statements.feed(piece[...]) { _ in } }
        } throws: { error in
            guard case .malformed(1, let text)? = error as? SourceError else { return false }
            return text.contains("8 MiB")
        }
    }

    /// Bent dumps give an answer or an error, and never a trap.
    @Test func bentDumps() {
        let dump = """
            -- MySQL dump
            CREATE TABLE `t` (`a` int, `b` enum('x','y') /*!50100 x */);
            INSERT INTO `t` VALUES (1,'a\\'b'),(0x41,NULL),(-1.5,_binary 'x');
            COPY t (a, b) FROM stdin;
            1\ta
            \\.
            INSERT INTO t VALUES (replace('a','b',char(10)));
            -- Dump completed
            """
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var bytes = Array(dump.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(#"'"`;()\-/*,"#.utf8.randomElement(using: &generator) ?? 0, at: place)
                default: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            var statements = SQLStatements()
            func take(_ one: SQLStatements.Piece) throws(SourceError) {
                _ =
                    one.isRow
                    ? SQLStatement.rows(table: "", columns: nil, [try SQLStatement.readCopied(one)])
                    : try SQLStatement.read(one) { _ in true }
            }
            try? statements.feed(bytes[...]) { (one) throws(SourceError) in try take(one) }
            try? statements.end { (one) throws(SourceError) in try take(one) }
        }
    }
}
