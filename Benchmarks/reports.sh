#!/bin/sh
# Reports and policies over many accounts: 100,000 accounts with 300,000 app passwords and as many sign-ins.
# Each figure is the median of whole commands, beside the same question put to the database by sqlite3 alone.
set -eu
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

cat >"$root/postern.conf" <<END
database = $root/var/postern.db
key_file = $root/etc/key
log_target = $root/auth.log
END
postern() { "$root/usr/bin/postern" --config "$root/postern.conf" "$@"; }
postern init >/dev/null 2>&1
sqlite3 "$root/var/postern.db" <<'END'
BEGIN;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
INSERT INTO account (name, domain, generation, created)
    SELECT format('user%d@d%d.example.org', i, i % 100), format('d%d.example.org', i % 100), 1, 1700000000 FROM n;
INSERT INTO app_password (verifier, account, id, kind, name, scope, networks, created, expires)
    SELECT randomblob(32), name, format('%07d', k), 'generated', 'Device', 15, '',
        unixepoch() - abs(random() % 200) * 86400, iif(k = 1, unixepoch() + abs(random() % 365) * 86400, NULL)
    FROM account, (SELECT 1 AS k UNION SELECT 2 UNION SELECT 3);
INSERT INTO sign_in (account, network, credential, service, first, last)
    SELECT account, randomblob(5), id, 'imap', created, unixepoch() - abs(random() % 150) * 86400 FROM app_password;
COMMIT;
END

milliseconds() {
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    echo $((($(date +%s%N) - start) / 1000000))
}
# NAME COMMAND...
line() {
    name=$1
    shift
    printf '%-66s %8s ms\n' "$name" "$(for _ in $(seq "$rounds"); do milliseconds "$@"; done | median 1)"
}
by_hand() {
    sqlite3 -csv "$root/var/postern.db" "
        SELECT p.account, p.id, p.name, p.created, p.expires,
            (SELECT max(last) FROM sign_in s WHERE s.account = p.account AND s.credential = p.id) AS used
        FROM app_password p WHERE max(p.created, ifnull(used, 0)) < unixepoch() - 90 * 86400 ORDER BY 1, 2"
}

echo "300,000 app passwords of 100,000 accounts, $(du -m "$root/var/postern.db" | cut -f1) MiB"
line 'report unused --csv' postern report unused --csv
line 'the same by sqlite3' by_hand
line 'report unused --json' postern report unused --json
line 'report expiring --csv' postern report expiring --csv
line 'report expiring --domain (1,000 accounts)' postern report expiring --csv --domain d7.example.org
line 'report expiring --account' postern report expiring --csv --account user7@d7.example.org
line 'domain policy --dry-run (1,000 accounts)' postern domain policy d7.example.org --max-age 90d --dry-run
