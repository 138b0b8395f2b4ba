"""An import of a large mailcow, beside sqlite3 loading the rows that it leaves; and export and backup of the same."""

import itertools
import os
import subprocess
import time

import quiet
import report
import rig
from installed import Postern

MAILBOXES, EACH = 200_000, 3
# A round takes most of a minute, and differs little from the next one.
ROUNDS = min(2, rig.ROUNDS)


def measure():
    dump = rig.root / "mailcow.sql"
    with open(dump, "w") as stream:
        subprocess.run([rig.HERE / "mailcow-dump", str(MAILBOXES), str(EACH)], stdout=stream, check=True)
    stores = []

    def first():
        stores.append(Postern(f"import{len(stores)}"))
        return command("import", "mailcow", dump)

    def command(*words):
        return _timed(rig.root / "usr/bin/postern", "--config", stores[-1].configuration, *words)

    fresh = itertools.count()
    imported = rig.rounds(first, ROUNDS)
    rows = rig.root / "rows.sql"
    with open(rows, "w") as stream:
        subprocess.run(["sqlite3", stores[-1].database, ".dump"], stdout=stream, check=True)
    alone = rig.rounds(lambda: _timed("sqlite3", rig.root / f"alone{next(fresh)}.db", data=rows), ROUNDS)
    report.section(f"{MAILBOXES:,} mailboxes of mailcow with {MAILBOXES * EACH:,} app passwords")
    report.row("import, against sqlite3 loading the rows that it leaves", "s", imported.each(_seconds), alone.each(_seconds))
    report.row("its memory at most", "MiB", imported.each(lambda values: values[1]))
    again = rig.rounds(lambda: command("import", "mailcow", dump), ROUNDS)
    report.row("import again, nothing to change", "s", again.each(_seconds))
    report.row("export as JSON lines", "s", rig.rounds(lambda: command("export"), ROUNDS).each(_seconds))
    backups = rig.rounds(lambda: command("backup", rig.root / f"copy{next(fresh)}.db"), ROUNDS)
    report.row("backup", "s", backups.each(_seconds))


def _seconds(values):
    return values[0]


def _timed(*words, data=os.devnull):
    """Seconds, and MiB of memory at most."""
    with quiet.watching(), open(data) as stream:
        start = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdin=stream, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}: {words}")
    return time.monotonic() - start, usage.ru_maxrss / 1024
