/// The tables on a database server, PostgreSQL 14 or later. Several machines use them, with programs of several versions:
/// only `postern migrate` and `postern init` change them.
enum ServerSchema {
    /// The steps, as in `Schema`: one that was released is never changed. A step adds what older programs do without. What
    /// they need goes in a later step, which raises `readableFrom`.
    static let steps = [tables]
    /// The oldest schema whose programs can use the present one.
    private static let readableFrom = 1

    static let beginReading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    /// One writer at a time, as in a file: what is read in the transaction is current. A failover may take back guesses and
    /// marks, which does no harm: sessions do not wait for standbys.
    static let beginWritingLightly = "BEGIN; SELECT 1 FROM writer FOR UPDATE"
    /// A commit is answered once a standby has it, where the server has one that is synchronous.
    static let beginWritingDurably = "BEGIN; SET LOCAL synchronous_commit = on; SELECT 1 FROM writer FOR UPDATE"

    /// Expects tables that this program can use.
    static func expectFit(_ database: borrowing Database) throws(StoreError) {
        guard let found = try version(database) else {
            throw .notPostern(name: StoreLocation.serverName)
        }
        guard found.readableFrom <= steps.count else {
            throw .newerSchema(found: found.number, known: Int64(steps.count))
        }
        guard found.number >= steps.count else { throw .olderSchema(found: found.number, needed: Int64(steps.count)) }
    }

    /// Makes the schema that the session is set to, if it is missing.
    private static let makeSchema = """
        DO $$ BEGIN
            IF current_schema() IS NULL THEN EXECUTE format('CREATE SCHEMA %I', current_setting('search_path')); END IF;
        END $$
        """

    /// Brings the tables up to date.
    ///
    /// - Parameter isNew: Whether to make them where there are none.
    static func migrate(_ database: borrowing Database, isNew: Bool) throws(StoreError) {
        try database.execute("BEGIN; SET LOCAL synchronous_commit = on")
        do throws(StoreError) {
            // Two programs that begin at the same time wait for each other here.
            try database.execute("SELECT pg_advisory_xact_lock(\(Schema.applicationID))")
            if isNew { try database.execute(makeSchema) }
            let found = try version(database)
            guard found != nil || isNew else {
                throw StoreError.notPostern(name: StoreLocation.serverName)
            }
            if let found, found.readableFrom > steps.count {
                throw StoreError.newerSchema(found: found.number, known: Int64(steps.count))
            }
            // A program that is older than the tables changes nothing.
            let done = min(Int(found?.number ?? 0), steps.count)
            for step in steps[done...] { try database.execute(step) }
            if done < steps.count {
                try database.execute(
                    "UPDATE schema_version SET number = \(steps.count), readable_from = \(readableFrom)")
            }
            try database.execute("COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    private static func version(_ database: borrowing Database) throws(StoreError) -> (
        number: Int64, readableFrom: Int64
    )? {
        let row = try database.prepare("SELECT to_regclass('schema_version') IS NOT NULL")
        guard try row.step(), row.flag(0) else { return nil }
        let version = try database.prepare("SELECT number, readable_from FROM schema_version")
        guard try version.step() else { return nil }
        return (version.integer(0), version.integer(1))
    }

    /// The same tables as in a file, without the version of the credentials: answers are not kept between machines. All text
    /// is compared by its bytes.
    private static let tables = """
        -- What SQLite has and PostgreSQL writes differently.
        CREATE FUNCTION max(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
            RETURN CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE greatest($1, $2) END;
        CREATE FUNCTION min(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
            RETURN CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE least($1, $2) END;
        CREATE FUNCTION iif(boolean, bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
            RETURN CASE WHEN $1 THEN $2 ELSE $3 END;
        CREATE FUNCTION instr(text, text) RETURNS integer LANGUAGE sql IMMUTABLE RETURN strpos($1, $2);
        CREATE FUNCTION unixepoch() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(extract(epoch FROM now()) AS bigint);

        CREATE TABLE schema_version (number BIGINT NOT NULL, readable_from BIGINT NOT NULL);
        INSERT INTO schema_version VALUES (0, 0);
        -- Its one row is locked by whoever writes.
        CREATE TABLE writer (number BIGINT NOT NULL);
        INSERT INTO writer VALUES (1);
        CREATE TABLE setting (name TEXT COLLATE "C" PRIMARY KEY, value BYTEA NOT NULL);

        CREATE TABLE domain (
            name TEXT COLLATE "C" PRIMARY KEY,
            generation BIGINT NOT NULL,
            app_passwords_required BIGINT NOT NULL,
            second_factor_required BIGINT NOT NULL,
            max_age BIGINT, services BIGINT, most_app_passwords BIGINT,
            mail_fields TEXT, mail_uid TEXT, mail_gid TEXT, mail_home TEXT
        );

        CREATE TABLE account (
            name TEXT COLLATE "C" PRIMARY KEY,
            domain TEXT COLLATE "C" NOT NULL,
            generation BIGINT NOT NULL,
            created BIGINT NOT NULL,
            main_hash TEXT,
            must_change BIGINT NOT NULL DEFAULT 0,
            disabled_since BIGINT, disabled_until BIGINT,
            second_factor TEXT NOT NULL DEFAULT 'off' CHECK (second_factor IN ('off', 'totp', 'external')),
            second_factor_since BIGINT,
            app_passwords_required BIGINT, second_factor_required BIGINT,
            mail_uid TEXT, mail_gid TEXT, mail_home TEXT,
            main_generation BIGINT NOT NULL DEFAULT 0,
            max_age BIGINT, services BIGINT, most_app_passwords BIGINT,
            canonical TEXT COLLATE "C",
            secrets_generation BIGINT NOT NULL DEFAULT 1,
            main_is_mapped BIGINT NOT NULL DEFAULT 0,
            former_hash TEXT, former_is_mapped BIGINT NOT NULL DEFAULT 0, former_until BIGINT,
            sends_as_any BIGINT NOT NULL DEFAULT 0,
            mail_fields TEXT
        );
        CREATE INDEX account_domain ON account (domain);
        CREATE INDEX account_canonical ON account (canonical) WHERE canonical IS NOT NULL;
        CREATE INDEX account_former ON account (former_until) WHERE former_until IS NOT NULL;

        CREATE TABLE alias (
            address TEXT COLLATE "C" NOT NULL,
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            PRIMARY KEY (address, account)
        );
        CREATE INDEX alias_account ON alias (account);

        CREATE TABLE app_password (
            verifier BYTEA PRIMARY KEY,
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            id TEXT COLLATE "C" NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('generated', 'compact', 'imported')),
            hash TEXT,
            tag BIGINT,
            name TEXT NOT NULL,
            scope BIGINT NOT NULL,
            networks TEXT NOT NULL,
            created BIGINT NOT NULL,
            expires BIGINT, disabled BIGINT, revoked BIGINT, used BIGINT,
            successor TEXT,
            session BYTEA
        );
        CREATE UNIQUE INDEX app_password_account ON app_password (account, id);
        CREATE INDEX app_password_slow ON app_password (account, kind, tag) WHERE hash IS NOT NULL;
        CREATE INDEX app_password_session ON app_password (account, session) WHERE session IS NOT NULL;
        CREATE INDEX app_password_session_end ON app_password (expires) WHERE session IS NOT NULL;
        CREATE INDEX app_password_end ON app_password (expires)
            WHERE session IS NULL AND revoked IS NULL AND expires IS NOT NULL;

        CREATE TABLE totp (
            account TEXT COLLATE "C" PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            sealed_seed BYTEA NOT NULL
        );
        CREATE TABLE pending_totp (
            account TEXT COLLATE "C" PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            sealed_seed BYTEA NOT NULL,
            created BIGINT NOT NULL
        );
        CREATE TABLE used_step (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            step BIGINT NOT NULL,
            use BIGINT NOT NULL,
            PRIMARY KEY (account, step)
        );
        CREATE TABLE recovery_code (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            verifier BYTEA NOT NULL,
            used BIGINT,
            PRIMARY KEY (account, verifier)
        );

        CREATE TABLE guess (
            account TEXT COLLATE "C" NOT NULL,
            network BYTEA NOT NULL,
            mac BYTEA NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('wrong', 'refused', 'code', 'malformed', 'early code')),
            secrets BIGINT NOT NULL,
            memory_limit BIGINT NOT NULL,
            mapped BIGINT NOT NULL,
            counted BIGINT NOT NULL,
            rank BIGINT NOT NULL,
            service TEXT NOT NULL,
            first BIGINT NOT NULL,
            looked BIGINT NOT NULL,
            last BIGINT NOT NULL,
            count BIGINT NOT NULL,
            former BIGINT,
            PRIMARY KEY (account, network, mac)
        );
        CREATE INDEX guess_network ON guess (network, looked);
        CREATE INDEX guess_account ON guess (account, looked);
        CREATE INDEX guess_last ON guess (rank, last);
        CREATE TABLE guess_count (rank BIGINT PRIMARY KEY, rows BIGINT NOT NULL);
        INSERT INTO guess_count VALUES (0, 0), (1, 0), (2, 0);
        -- Once a statement, not once a row: the versions of one row that a transaction leaves make each other slow.
        CREATE FUNCTION guesses_added() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE guess_count c SET rows = c.rows + a.rows
            FROM (SELECT rank, count(*) AS rows FROM added GROUP BY rank) AS a WHERE a.rank = c.rank;
            RETURN NULL;
        END $$;
        CREATE FUNCTION guesses_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE guess_count c SET rows = c.rows - f.rows
            FROM (SELECT rank, count(*) AS rows FROM forgotten GROUP BY rank) AS f WHERE f.rank = c.rank;
            RETURN NULL;
        END $$;
        CREATE FUNCTION guess_moved() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE guess_count SET rows = rows - 1 WHERE rank = old.rank;
            UPDATE guess_count SET rows = rows + 1 WHERE rank = new.rank;
            RETURN NULL;
        END $$;
        CREATE TRIGGER guesses_added AFTER INSERT ON guess REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION guesses_added();
        CREATE TRIGGER guesses_forgotten AFTER DELETE ON guess REFERENCING OLD TABLE AS forgotten
            FOR EACH STATEMENT EXECUTE FUNCTION guesses_forgotten();
        CREATE TRIGGER guess_moved AFTER UPDATE OF rank ON guess FOR EACH ROW WHEN (old.rank <> new.rank)
            EXECUTE FUNCTION guess_moved();

        -- Secrets that nodes look at now. Without a log: a failover empties it, as a restart does for one process.
        CREATE UNLOGGED TABLE under_way (
            account TEXT COLLATE "C" NOT NULL,
            network BYTEA NOT NULL,
            mac BYTEA NOT NULL,
            at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (account, network, mac)
        );
        CREATE INDEX under_way_network ON under_way (network);
        CREATE INDEX under_way_at ON under_way (at);
        -- Its statements are planned each time: the tables grow fast. Places of a node that died end after half a minute.
        CREATE FUNCTION enter(
            accounts text[], networks bytea[], macs bytea[], pairs_allowed bigint[], pairs_counted bigint[],
            networks_allowed bigint[], networks_counted bigint[], accounts_allowed bigint[], accounts_counted bigint[],
            account_limits bigint[], ends bigint[], latests bigint[]
        ) RETURNS SETOF boolean LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
        DECLARE
            k RECORD;
            is_free boolean;
        BEGIN
            -- All in one order: no two nodes wait for each other.
            PERFORM pg_advisory_xact_lock(lock) FROM (
                SELECT DISTINCT hashtextextended(current_schema() || scope, 0) AS lock FROM (
                    SELECT ' account ' || a AS scope FROM unnest(accounts) AS a
                    UNION ALL SELECT ' network ' || encode(n, 'hex') FROM unnest(networks) AS n
                ) AS scopes ORDER BY lock
            ) AS locks;
            DELETE FROM under_way WHERE (account, network, mac) IN (
                SELECT account, network, mac FROM under_way WHERE at < clock_timestamp() - interval '30 seconds'
                FOR UPDATE SKIP LOCKED);
            FOR k IN SELECT * FROM unnest(
                accounts, networks, macs, pairs_allowed, pairs_counted, networks_allowed, networks_counted,
                accounts_allowed, accounts_counted, account_limits, ends, latests
            ) WITH ORDINALITY AS k (
                account, network, mac, pair_allowed, pair_counted, network_allowed, network_counted,
                account_allowed, account_counted, account_limit, past, latest, number
            ) ORDER BY number LOOP
                is_free := (SELECT count(*) < k.pair_allowed AND bool_and(w.mac <> k.mac) IS NOT FALSE FROM under_way w
                        WHERE w.account = k.account AND w.network = k.network)
                    AND (SELECT count(*) = k.pair_counted FROM guess g
                        WHERE g.account = k.account AND g.network = k.network AND +g.looked > k.past
                            AND +g.looked <= k.latest AND g.kind NOT IN ('code', 'early code'));
                IF is_free AND k.network_allowed IS NOT NULL THEN
                    is_free := (SELECT count(*) < k.network_allowed FROM under_way w WHERE w.network = k.network)
                        AND (SELECT count(*) = k.network_counted FROM guess g
                            WHERE g.network = k.network AND g.looked > k.past AND g.looked <= k.latest
                                AND g.kind NOT IN ('code', 'early code'));
                END IF;
                IF is_free AND k.account_allowed IS NOT NULL THEN
                    is_free := (SELECT count(*) < k.account_allowed FROM under_way w WHERE w.account = k.account)
                        AND (SELECT count(*) = k.account_counted FROM (
                            SELECT 1 FROM guess g WHERE g.account = k.account AND g.looked > k.past
                                AND g.looked <= k.latest AND g.kind NOT IN ('code', 'early code')
                            LIMIT k.account_limit) AS newest);
                END IF;
                IF is_free THEN
                    INSERT INTO under_way (account, network, mac) VALUES (k.account, k.network, k.mac);
                END IF;
                RETURN NEXT is_free;
            END LOOP;
        END $$;

        CREATE TABLE sign_in (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BYTEA NOT NULL,
            credential TEXT COLLATE "C" NOT NULL,
            service TEXT COLLATE "C" NOT NULL,
            first BIGINT NOT NULL,
            last BIGINT NOT NULL,
            count BIGINT NOT NULL DEFAULT 1,
            PRIMARY KEY (account, network, credential, service)
        );
        CREATE INDEX sign_in_last ON sign_in (last);
        CREATE TABLE smtp_grant (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            address BYTEA NOT NULL,
            credential TEXT COLLATE "C" NOT NULL,
            generation BIGINT NOT NULL,
            last BIGINT NOT NULL,
            PRIMARY KEY (account, address, credential)
        );
        CREATE INDEX smtp_grant_last ON smtp_grant (last);
        CREATE TABLE alarm (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BYTEA NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (account, network, at)
        );
        CREATE INDEX alarm_at ON alarm (at);

        CREATE TABLE change (
            number BIGINT PRIMARY KEY,
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            subject TEXT COLLATE "C" NOT NULL,
            action TEXT NOT NULL,
            detail TEXT NOT NULL
        );
        CREATE INDEX change_subject ON change (subject);
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF old.at <= unixepoch() - 63072000 THEN RETURN old; END IF;
                RAISE EXCEPTION 'the change record is kept for two years' USING ERRCODE = '23000';
            END IF;
            RAISE EXCEPTION 'the change record is append-only' USING ERRCODE = '23000';
        END $$;
        CREATE TRIGGER change_is_final BEFORE UPDATE OR DELETE ON change FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER change_is_kept BEFORE TRUNCATE ON change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

        CREATE TABLE imported (
            source TEXT COLLATE "C" NOT NULL,
            account TEXT COLLATE "C" NOT NULL,
            item TEXT COLLATE "C" NOT NULL,
            credential TEXT,
            digest BYTEA NOT NULL,
            generation BIGINT,
            is_incomplete BIGINT NOT NULL DEFAULT 0,
            PRIMARY KEY (source, account, item)
        );
        CREATE INDEX imported_account ON imported (account);

        CREATE TABLE owner_session (
            id TEXT COLLATE "C" PRIMARY KEY,
            token BYTEA NOT NULL UNIQUE,
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            network BYTEA NOT NULL,
            opened BIGINT NOT NULL,
            used BIGINT NOT NULL,
            confirmed BIGINT NOT NULL
        );
        CREATE INDEX owner_session_account ON owner_session (account);
        CREATE INDEX owner_session_used ON owner_session (used);
        CREATE TABLE owner_form (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            session TEXT COLLATE "C" NOT NULL,
            nonce BYTEA NOT NULL,
            at BIGINT NOT NULL,
            makes_secret BIGINT NOT NULL,
            PRIMARY KEY (account, session, nonce)
        );
        CREATE INDEX owner_form_at ON owner_form (at);
        CREATE TABLE put_back (
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            app_password TEXT COLLATE "C" NOT NULL,
            session TEXT COLLATE "C" NOT NULL REFERENCES owner_session (id) ON DELETE CASCADE,
            until BIGINT NOT NULL,
            PRIMARY KEY (account, app_password)
        );
        CREATE INDEX put_back_session ON put_back (session);
        CREATE TABLE owner_language (
            account TEXT COLLATE "C" PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
            language TEXT NOT NULL
        );
        CREATE TABLE event_reader (
            name TEXT COLLATE "C" PRIMARY KEY,
            change BIGINT NOT NULL,
            time BIGINT NOT NULL
        );
        CREATE TABLE event_retry (
            reader TEXT COLLATE "C" NOT NULL,
            account TEXT COLLATE "C" NOT NULL REFERENCES account (name) ON DELETE CASCADE,
            change BIGINT NOT NULL,
            time BIGINT NOT NULL,
            PRIMARY KEY (reader, account)
        );
        """
}
