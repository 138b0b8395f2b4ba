"""posternd with its store on a PostgreSQL server, beside Dovecot that asks the same server by itself."""

import os
import time

import database_server
import dovecot
import quiet
import report
import rig
from installed import Postern

ACCOUNTS = int(os.environ.get("ACCOUNTS", "1000000"))
# Connections, requests in flight on each, and the budget for the ratio to Dovecot.
SHAPES = [(8, 64, 4), (8, 1, 1.2), (1, 1, 1.0)]
# Milliseconds to the server and back.
DISTANCES = [2, 10]
FLOOD = 200_000


def measure():
    home = database_server.start("server")
    setting = f"postgresql:host={home} user=postgres dbname=postgres"
    file = Postern("file", rig.UNTHROTTLED)
    credentials = file.populate(ACCOUNTS)
    report.section(f"A PostgreSQL server with {ACCOUNTS:,} accounts: moving a store there and back")
    _moving(file, setting)
    some = rig.root / "some"
    lines = open(credentials).read().splitlines()[:: max(1, ACCOUNTS // 20_000)]
    some.write_text("\n".join(lines) + "\n")

    postern = Postern("shared", rig.UNTHROTTLED, database=setting, key=file.key)
    postern.start()
    file.start()
    _sign_ins(home, postern, credentials)
    _wrong(postern, file, some)
    _distances(postern, home, setting, file.key, credentials)
    _flood(home, file.key, some)


def _moving(file, setting):
    def timed(what, configuration, *words):
        begun = time.monotonic()
        said = rig.run(file.admin, "--config", configuration, *words)
        report.row(what, "s", [time.monotonic() - begun])
        return said

    timed("postern copy, to the server", file.configuration, "copy", "--to", setting)
    there = file.configuration.with_name("there.conf")
    there.write_text(file.configuration.read_text().replace(str(file.database), setting))
    back = file.home / "back/postern.db"
    timed("postern copy, from the server", there, "copy", "--to", back)
    again = file.configuration.with_name("again.conf")
    again.write_text(file.configuration.read_text().replace(str(file.database), str(back)))
    exports = [timed(f"postern export jsonl, from the {name}", configuration, "export", "jsonl")
               for name, configuration in (("file", file.configuration), ("server", there), ("file again", again))]
    if exports[0] != exports[1] or exports[0] != exports[2]:
        raise SystemExit("the exports differ")


def _sign_ins(home, postern, credentials):
    report.section(f"posternd on a PostgreSQL server with {ACCOUNTS:,} accounts, on the same machine")
    database_server.run(home, "CREATE TABLE users (name text PRIMARY KEY, password text NOT NULL)")
    rig.run(database_server.PROGRAMS / "psql", "-h", home, "-U", "postgres", "-qc",
            f"\\copy users from '{credentials}'")
    database_server.run(home, "VACUUM ANALYZE")
    sockets = {"posternd": postern.socket, "Dovecot": dovecot.pgsql("pgsql", home).socket}
    rig.measure("dovecot", postern.socket, 8, 64, credentials)
    rig.settle(postern.daemon)

    def once(name, connections, depth):
        rate = rig.measure("dovecot", sockets[name], connections, depth, credentials)[0]
        if name == "posternd":
            rig.settle(postern.daemon)
        return rate

    for connections, depth, budget in SHAPES:
        rates = rig.turns(sockets, lambda name: once(name, connections, depth))
        report.row(f"posternd, {connections} × {depth}, against Dovecot's own pgsql passdb", "sign-ins/s",
                   rates["posternd"], rates["Dovecot"], ("≥", budget))


def _wrong(postern, file, some):
    sockets = {"server": postern.socket, "file": file.socket}
    hundred = rig.root / "some hundred"
    hundred.write_text("".join(open(some).readlines()[:100]))
    for name, secret in {"the same wrong passwords again": "same-wrong", "ever new wrong passwords": "wrong"}.items():
        for peer in sockets.values():
            rig.measure("dovecot", peer, 8, 1, hundred, secret)
        rates = rig.turns(sockets, lambda peer: rig.measure("dovecot", sockets[peer], 8, 1, hundred, secret)[0])
        report.row(f"posternd, {name}, 8 × 1, against a store in a file", "answers/s", rates["server"], rates["file"],
                   ("≥", 0.5))


def _distances(postern, home, setting, key, credentials):
    for distance in DISTANCES:
        relayed = rig.root / f"relayed {distance}".replace(" ", "-")
        relayed.mkdir()
        rig.start(rig.PROGRAMS / "delay", home / ".s.PGSQL.5432", relayed / ".s.PGSQL.5432", distance,
                  until=relayed / ".s.PGSQL.5432")
        (relayed / ".s.PGSQL.5432").chmod(0o777)
        far = Postern(f"far{distance}", rig.UNTHROTTLED, database=setting.replace(str(home), str(relayed)), key=key)
        far.start()
        for connections, depth, _ in SHAPES:
            rates = rig.rounds(lambda: rig.measure("dovecot", far.socket, connections, depth, credentials)[0])
            report.row(f"posternd, {connections} × {depth}, a server {distance} ms away and back", "sign-ins/s", rates)
        rig.stop(far.daemon)


def _flood(home, key, some):
    """Into tables that were empty when the sessions were opened."""
    database_server.run(home, "CREATE DATABASE flood")
    postern = Postern("flood", database=f"postgresql:host={home} user=postgres dbname=flood", key=key)
    postern.command("account", "add", "user0@example.org", "--password-stdin", data="a long main password")
    postern.start()
    one = rig.root / "one"
    one.write_text("user0@example.org\ta long main password\n")
    for _ in range(20):
        rig.measure("dovecot", postern.socket, 8, 1, one, "right", seconds=0.1)
    rig.run(database_server.PROGRAMS / "psql", "-h", home, "-U", "postgres", "-d", "flood", "-qc", f"""
        SET search_path = postern;
        INSERT INTO guess SELECT 'user0@example.org', decode(lpad(to_hex(n), 8, '0'), 'hex'), decode(lpad(to_hex(n), 32, '0'), 'hex'),
            'wrong', 1, 1, 1, 1, 1, 'imap', e, e, e, 1, NULL
        FROM generate_series(1, {FLOOD}) AS n, (SELECT CAST(extract(epoch FROM now()) AS bigint) - 60 AS e) AS now""")
    times = rig.rounds(lambda: rig.measure("dovecot", postern.socket, 8, 1, one, "right", seconds=1)[1] / 1000)
    report.row(f"posternd, an attempt after {FLOOD:,} guesses at its account, 8 × 1", "ms", times, budget=("≤", 10))
