"""Reports and policies over many accounts, beside the same question put to the database by sqlite3 alone."""

import subprocess
import time

import quiet
import report
import rig
from installed import Postern

FILL = """
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
"""
UNUSED = """
SELECT p.account, p.id, p.name, p.created, p.expires,
    (SELECT max(last) FROM sign_in s WHERE s.account = p.account AND s.credential = p.id) AS used
FROM app_password p WHERE max(p.created, ifnull(used, 0)) < unixepoch() - 90 * 86400 ORDER BY 1, 2
"""


def measure():
    postern = Postern("reports")
    rig.run("sqlite3", postern.database, data=FILL)
    program = [rig.root / "usr/bin/postern", "--config", postern.configuration]
    commands = {
        "report unused --csv": [*program, "report", "unused", "--format", "csv"],
        "report expiring --csv": [*program, "report", "expiring", "--format", "csv"],
        "report expiring of a domain of 1,000 accounts":
            [*program, "report", "expiring", "--format", "csv", "--domain", "d7.example.org"],
        "domain policy --dry-run for 1,000 accounts":
            [*program, "domain", "policy", "d7.example.org", "--max-age", "90d", "--dry-run"],
        "sqlite3": ["sqlite3", "-csv", postern.database, UNUSED],
    }

    def milliseconds(name):
        words = [str(word) for word in commands[name]]
        with quiet.watching():
            start = time.monotonic()
            subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            return (time.monotonic() - start) * 1e3

    times = rig.turns(commands, milliseconds)
    report.section("Reports over 100,000 accounts with 300,000 app passwords")
    alone = times.pop("sqlite3")
    for name, seen in times.items():
        report.row(name + (", against sqlite3 alone" if "unused" in name else ""), "ms", seen,
                   alone if "unused" in name else None)
