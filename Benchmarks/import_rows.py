"""An import of a large mailcow, beside sqlite3 loading the rows that it leaves; and export and backup of the same."""

import os
import subprocess
import time

import report
import rig

MAILBOXES, EACH = 200_000, 3
# Each takes most of a minute, and differs little from the next.
ROUNDS = min(2, rig.ROUNDS)


def measure():
    dump = rig.root / "mailcow.sql"
    with open(dump, "w") as stream:
        subprocess.run([rig.HERE / "mailcow-dump", str(MAILBOXES), str(EACH)], stdout=stream, check=True)
    stores = [rig.Postern(f"import{number}") for number in range(ROUNDS)]

    def each(*words):
        return list(zip(*[_timed(rig.root / "usr/bin/postern", "--config", store.configuration,
                                 *[str(word).format(number) for word in words]) for number, store in enumerate(stores)]))

    first, memory = each("import", "mailcow", dump)
    rows = rig.root / "rows.sql"
    with open(rows, "w") as stream:
        subprocess.run(["sqlite3", stores[0].database, ".dump"], stdout=stream, check=True)
    alone = [_timed("sqlite3", rig.root / f"alone{number}.db", data=rows)[0] for number in range(ROUNDS)]
    report.section(f"{MAILBOXES:,} mailboxes of mailcow with {MAILBOXES * EACH:,} app passwords")
    report.row("import, against sqlite3 loading the rows that it leaves", "s", first, alone)
    report.row("its memory at most", "MiB", memory)
    report.row("import again, nothing to change", "s", each("import", "mailcow", dump)[0])
    report.row("export as JSON lines", "s", each("export")[0])
    report.row("backup", "s", each("backup", f"{rig.root}/copy{{}}.db")[0])


def _timed(*words, data=os.devnull):
    """Seconds, and MiB of memory at most."""
    with open(data) as stream:
        start = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdin=stream, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}: {words}")
    return time.monotonic() - start, usage.ru_maxrss / 1024
