/// The tables, as a list of migration steps. A step that was released is never changed; a new one is added after it.
enum Schema {
    /// Marks the file as Postern's: "post" in ASCII (PRAGMA application_id).
    static let applicationID: Int64 = 0x706f_7374

    static let migrations = [
        """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE domain (
            name TEXT PRIMARY KEY,
            generation INTEGER NOT NULL,
            app_passwords_required INTEGER NOT NULL,
            second_factor_required INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- One row holds what the rule needs of an account, so that an attempt reads one row and its domain's.
        CREATE TABLE account (
            name TEXT PRIMARY KEY,
            domain TEXT NOT NULL,
            generation INTEGER NOT NULL,
            created INTEGER NOT NULL,
            main_hash TEXT,
            must_change INTEGER NOT NULL DEFAULT 0,
            disabled_since INTEGER,
            disabled_until INTEGER,             -- NULL with disabled_since set: until it is enabled
            second_factor TEXT NOT NULL DEFAULT 'off' CHECK (second_factor IN ('off', 'totp', 'external')),
            second_factor_since INTEGER,
            app_passwords_required INTEGER,     -- NULL: as the domain
            second_factor_required INTEGER,     -- NULL: as the domain
            mail_uid TEXT, mail_gid TEXT, mail_home TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX account_domain ON account (domain);

        CREATE TABLE alias (
            address TEXT PRIMARY KEY,
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alias_account ON alias (account);

        -- The key is what one look-up needs: for a generated app password the MAC of its text, for all others random
        -- bytes that no secret leads to; those carry a hash, and a tag once it is known.
        CREATE TABLE app_password (
            verifier BLOB PRIMARY KEY,
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            id TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('generated', 'compact', 'imported')),
            hash TEXT,
            tag INTEGER,
            name TEXT NOT NULL,
            scope INTEGER NOT NULL,
            networks TEXT NOT NULL,             -- CIDR blocks, one space between; empty: everywhere
            created INTEGER NOT NULL,
            expires INTEGER,
            disabled INTEGER,
            revoked INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX app_password_account ON app_password (account, id);
        CREATE INDEX app_password_slow ON app_password (account, kind, tag) WHERE hash IS NOT NULL;

        CREATE TABLE totp (
            account TEXT PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            sealed_seed BLOB NOT NULL,
            last_step INTEGER NOT NULL          -- of the last code that was accepted; none before or at it is again
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE recovery_code (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            verifier BLOB NOT NULL,
            used INTEGER,
            PRIMARY KEY (account, verifier)
        ) STRICT, WITHOUT ROWID;

        -- Also for names that are no account, hence no reference.
        CREATE TABLE guess (
            account TEXT NOT NULL,
            network BLOB NOT NULL,
            mac BLOB NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('wrong', 'refused', 'code')),
            generation INTEGER NOT NULL,
            first INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (account, network, mac)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX guess_first ON guess (first);

        -- Granted sign-ins, one row for each way in: last use of a credential, networks known to an account.
        CREATE TABLE sign_in (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BLOB NOT NULL,
            credential TEXT NOT NULL,           -- id of an app password; 'main'
            service TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (account, network, credential, service)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE change (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            subject TEXT NOT NULL,
            action TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT;
        CREATE INDEX change_subject ON change (subject);
        CREATE TRIGGER change_is_final BEFORE UPDATE ON change
        BEGIN SELECT RAISE(ABORT, 'the change record is append-only'); END;
        CREATE TRIGGER change_is_kept BEFORE DELETE ON change WHEN old.at > unixepoch() - 63072000
        BEGIN SELECT RAISE(ABORT, 'the change record is kept for two years'); END;
        """,
        """
        -- The generation of the account that its main password came with: what was proved before it is the old one.
        ALTER TABLE account ADD COLUMN main_generation INTEGER NOT NULL DEFAULT 0;

        -- Granted SMTP sign-ins of the last day, by exact address: what Postfix's policy requests are judged by.
        CREATE TABLE smtp_grant (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            address BLOB NOT NULL,
            credential TEXT NOT NULL,           -- as in sign_in
            generation INTEGER NOT NULL,        -- of the account, at the sign-in
            last INTEGER NOT NULL,
            PRIMARY KEY (account, address, credential)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX smtp_grant_last ON smtp_grant (last);
        """,
        """
        -- Guesses of a network, and at an account, by time: what throttling counts.
        CREATE INDEX guess_network ON guess (network, first);
        CREATE INDEX guess_account ON guess (account, first);

        -- Right main passwords that came from a network new to the account, once it should have been used to app passwords.
        CREATE TABLE alarm (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BLOB NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (account, network, at)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alarm_at ON alarm (at);

        ALTER TABLE sign_in ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
        CREATE INDEX sign_in_last ON sign_in (last);
        -- The last use of an app password, once the sign-in itself is no longer kept.
        ALTER TABLE app_password ADD COLUMN used INTEGER;
        """,
        """
        -- NULL: as the domain, or no limit there. 0 at an account: no limit, whatever the domain says.
        ALTER TABLE domain ADD COLUMN max_age INTEGER;                      -- seconds that an app password lives
        ALTER TABLE domain ADD COLUMN services INTEGER;                     -- bits as in app_password.scope
        ALTER TABLE domain ADD COLUMN most_app_passwords INTEGER;
        ALTER TABLE account ADD COLUMN max_age INTEGER;
        ALTER TABLE account ADD COLUMN services INTEGER;
        ALTER TABLE account ADD COLUMN most_app_passwords INTEGER;

        -- A seed that was shown and whose first code is still awaited.
        CREATE TABLE pending_totp (
            account TEXT PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            sealed_seed BLOB NOT NULL,
            created INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The id of the app password that takes its place.
        ALTER TABLE app_password ADD COLUMN successor TEXT;
        -- The webmail's name of the session that the app password was made for.
        ALTER TABLE app_password ADD COLUMN session BLOB;
        CREATE INDEX app_password_session ON app_password (account, session) WHERE session IS NOT NULL;
        CREATE INDEX app_password_session_end ON app_password (expires) WHERE session IS NOT NULL;
        """,
        """
        -- What came from another system and how it was there, so that a later import brings what changed since and nothing
        -- else. Accounts that were removed here stay listed: they do not come back.
        CREATE TABLE imported (
            source TEXT NOT NULL,
            account TEXT NOT NULL,
            item TEXT NOT NULL,                 -- '' is the account itself
            credential TEXT,                    -- id of the app password that it became
            digest BLOB NOT NULL,
            PRIMARY KEY (source, account, item)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX imported_account ON imported (account);
        """,
        """
        -- Wrong secrets, remembered apart from what budgets count: `last` is when a secret was last given, `looked` when it
        -- last cost a slow hash, `counted` whether a line that log readers count was written for it. Looks are renewed:
        -- what was remembered before says neither which secrets there were nor how much memory hashes might have.
        ALTER TABLE guess RENAME TO old_guess;
        CREATE TABLE guess (
            account TEXT NOT NULL,              -- as stored; also a name that is no account; '': none can have it
            network BLOB NOT NULL,
            mac BLOB NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('wrong', 'refused', 'code', 'malformed', 'early code')),
            secrets INTEGER NOT NULL,           -- account.secrets_generation at the last look; 0: no account
            memory_limit INTEGER NOT NULL,      -- hash_memory_limit at the last look, KiB
            mapped INTEGER NOT NULL,            -- account.main_is_mapped at the last look
            counted INTEGER NOT NULL,
            rank INTEGER NOT NULL,              -- the highest so far: 0 no account, 1 network new to it, 2 known
            service TEXT NOT NULL,              -- the last one
            first INTEGER NOT NULL,
            looked INTEGER NOT NULL,
            last INTEGER NOT NULL,
            count INTEGER NOT NULL,
            former INTEGER,                     -- NULL: not compared with the former main password; 0: another one;
                                                -- else when that password was replaced
            PRIMARY KEY (account, network, mac)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO guess
            SELECT g.account, g.network, g.mac, g.kind, -1, 0, 0, g.kind = 'wrong',
                (SELECT iif(EXISTS (SELECT 1 FROM sign_in s WHERE s.account = g.account AND s.network = g.network), 2,
                    EXISTS (SELECT 1 FROM account WHERE name = g.account))),
                '', g.first, g.first, g.first, g.count, NULL
            FROM old_guess g;
        DROP TABLE old_guess;
        CREATE INDEX guess_network ON guess (network, looked);
        CREATE INDEX guess_account ON guess (account, looked);
        CREATE INDEX guess_last ON guess (rank, last);
        CREATE TABLE guess_count (rank INTEGER PRIMARY KEY, rows INTEGER NOT NULL) STRICT;
        INSERT INTO guess_count
            SELECT r.rank, (SELECT count(*) FROM guess g WHERE g.rank = r.rank)
            FROM (SELECT 0 AS rank UNION ALL SELECT 1 UNION ALL SELECT 2) r;
        CREATE TRIGGER guess_added AFTER INSERT ON guess
        BEGIN UPDATE guess_count SET rows = rows + 1 WHERE rank = new.rank; END;
        CREATE TRIGGER guess_forgotten AFTER DELETE ON guess
        BEGIN UPDATE guess_count SET rows = rows - 1 WHERE rank = old.rank; END;
        CREATE TRIGGER guess_moved AFTER UPDATE OF rank ON guess WHEN old.rank <> new.rank
        BEGIN UPDATE guess_count SET rows = rows + iif(rank = new.rank, 1, -1) WHERE rank IN (old.rank, new.rank); END;

        -- The canonical form of a name, where the stored one is another; names themselves are never rewritten.
        ALTER TABLE account ADD COLUMN canonical TEXT;
        CREATE INDEX account_canonical ON account (canonical) WHERE canonical IS NOT NULL;
        -- The account's own generation at the last change that can make a wrong secret right; 1: before there was this
        -- column.
        ALTER TABLE account ADD COLUMN secrets_generation INTEGER NOT NULL DEFAULT 1;
        -- Whether the main password was hashed in its mapped spelling (RFC 8265).
        ALTER TABLE account ADD COLUMN main_is_mapped INTEGER NOT NULL DEFAULT 0;
        -- The main password before the present one, and when it was replaced.
        ALTER TABLE account ADD COLUMN former_hash TEXT;
        ALTER TABLE account ADD COLUMN former_is_mapped INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account ADD COLUMN former_until INTEGER;
        CREATE INDEX account_former ON account (former_until) WHERE former_until IS NOT NULL;
        -- Whether it may send as any address.
        ALTER TABLE account ADD COLUMN sends_as_any INTEGER NOT NULL DEFAULT 0;
        -- Further fields of Dovecot's userdb, `name=value` with TABs between.
        ALTER TABLE account ADD COLUMN mail_fields TEXT;
        ALTER TABLE domain ADD COLUMN mail_fields TEXT;
        ALTER TABLE domain ADD COLUMN mail_uid TEXT;
        ALTER TABLE domain ADD COLUMN mail_gid TEXT;
        ALTER TABLE domain ADD COLUMN mail_home TEXT;       -- a template, as the setting mail_home

        -- An address, or `@domain`, may belong to several accounts.
        ALTER TABLE alias RENAME TO old_alias;
        CREATE TABLE alias (
            address TEXT NOT NULL,
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            PRIMARY KEY (address, account)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO alias SELECT address, account FROM old_alias;
        DROP TABLE old_alias;
        CREATE INDEX alias_account ON alias (account);

        -- TOTP steps whose code was used, in the order of their use. Whatever clock said so, a code works once.
        CREATE TABLE used_step (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            use INTEGER NOT NULL,
            PRIMARY KEY (account, step)
        ) STRICT, WITHOUT ROWID;
        -- Until now no code at or before the last used one was taken; of those only the last ones are in reach.
        INSERT INTO used_step SELECT account, last_step - back, 3 - back
            FROM totp, (SELECT 0 AS back UNION ALL SELECT 1 UNION ALL SELECT 2) WHERE last_step > 0;
        ALTER TABLE totp DROP COLUMN last_step;
        """,
        """
        -- One mark an account, and one for each of its imported secrets.
        DELETE FROM imported WHERE item LIKE 'alias %';
        ALTER TABLE imported ADD COLUMN generation INTEGER;     -- of the account or domain, after the import; NULL: unknown
        ALTER TABLE imported ADD COLUMN is_incomplete INTEGER NOT NULL DEFAULT 0;   -- compare again at the next import

        -- These were MACs of right main passwords.
        PRAGMA secure_delete = ON;
        DELETE FROM guess WHERE kind = 'refused';
        """,
        """
        -- Renewed with every change that an answer can be made from, whoever makes it, so that a process which remembers answers
        -- knows that they still hold. Random and not counted: a restored backup is another version. New app passwords of
        -- webmail sessions change no answer that was given, and neither does the last use of one.
        INSERT INTO setting (name, value) VALUES ('credentials', randomblob(16));
        CREATE TRIGGER credentials_domain_added AFTER INSERT ON domain
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_domain_changed AFTER UPDATE ON domain
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_domain_removed AFTER DELETE ON domain
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_account_added AFTER INSERT ON account
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_account_changed AFTER UPDATE ON account
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_account_removed AFTER DELETE ON account
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_app_password_added AFTER INSERT ON app_password WHEN new.session IS NULL
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_app_password_changed AFTER UPDATE OF verifier, account, id, kind, hash, tag, name, scope, networks, created, expires,
            disabled, revoked, successor, session ON app_password
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        CREATE TRIGGER credentials_app_password_removed AFTER DELETE ON app_password
        BEGIN UPDATE setting SET value = randomblob(16) WHERE name = 'credentials'; END;
        """,
        """
        -- Sessions of account owners on the page. Only the hash of a token is stored.
        CREATE TABLE owner_session (
            id TEXT PRIMARY KEY,
            token BLOB NOT NULL UNIQUE,         -- SHA-256
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BLOB NOT NULL,
            opened INTEGER NOT NULL,
            used INTEGER NOT NULL,
            confirmed INTEGER NOT NULL          -- the last full sign-in
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX owner_session_account ON owner_session (account);
        CREATE INDEX owner_session_used ON owner_session (used);

        -- Forms that sessions sent: each is accepted once, and there is a limit for an account and a time.
        CREATE TABLE owner_form (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            session TEXT NOT NULL,
            nonce BLOB NOT NULL,
            at INTEGER NOT NULL,
            makes_secret INTEGER NOT NULL,
            PRIMARY KEY (account, session, nonce)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX owner_form_at ON owner_form (at);

        -- App passwords that a session revoked and can put back.
        CREATE TABLE put_back (
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            app_password TEXT NOT NULL,
            session TEXT NOT NULL REFERENCES owner_session (id) ON DELETE CASCADE,
            until INTEGER NOT NULL,
            PRIMARY KEY (account, app_password)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX put_back_session ON put_back (session);

        -- The language that an owner last used the page in, for notices.
        CREATE TABLE owner_language (
            account TEXT PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            language TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Up to where somebody has read the change record and the other events of accounts.
        CREATE TABLE event_reader (
            name TEXT PRIMARY KEY,
            change INTEGER NOT NULL,            -- number of the last change
            time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        -- Accounts that could not be told of an event yet, and from where on.
        CREATE TABLE event_retry (
            reader TEXT NOT NULL,
            account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            change INTEGER NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (reader, account)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX app_password_end ON app_password (expires)
            WHERE session IS NULL AND revoked IS NULL AND expires IS NOT NULL;
        """,
    ]

    /// The triggers that renew the version of the credentials.
    static let credentialsTriggers = ["domain", "account", "app_password"].flatMap { table in
        ["added", "changed", "removed"].map { "credentials_\(table)_\($0)" }
    }

    /// The schema version that introduced canonical names, which SQL cannot compute.
    private static let canonicalNames = 6

    /// Brings a database up to date. If several processes try at once, the first does it and the others find it done.
    static func migrate(_ database: borrowing Database, to migrations: [String] = migrations) throws(StoreError) {
        guard try version(database, known: migrations.count) < migrations.count else { return }
        try database.execute("BEGIN IMMEDIATE")
        do {
            // Read again, now under the lock.
            let found = try version(database, known: migrations.count)
            for step in migrations[found...] { try database.execute(step) }
            if found < canonicalNames, migrations.count >= canonicalNames { try CanonicalMigration.run(database) }
            try database.execute(
                "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(migrations.count); COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    private static func version(_ database: borrowing Database, known: Int) throws(StoreError) -> Int {
        let found = try database.number("PRAGMA user_version")
        guard found <= known else { throw .newerSchema(found: found, known: Int64(known)) }
        guard found >= 0 else { throw .corrupt(message: "invalid schema version \(found)") }
        return Int(found)
    }
}
