"""posternd beside the other daemons that know passwords, with app passwords; and with other secrets."""

import dovecot
import report
import rig
import saslauthd
from installed import Postern

ACCOUNTS = 20_000
# Connections, requests in flight on each, and the budget of the ratio to Dovecot with a passwd-file.
SHAPES = [(8, 64, 4.0), (1, 64, None), (32, 1, 1.5), (8, 1, 1.0), (1, 1, 0.9)]


def measure():
    postern = Postern("daemon", rig.UNTHROTTLED)
    postern.command("account", "add", "sample@example.net", "--password-stdin", data="a long main password")
    main_hash = _main_hash(postern)
    credentials = postern.populate(ACCOUNTS, main_hash)
    daemon = postern.start()
    idle = rig.resident(daemon)
    sasl, sasl_credentials = saslauthd.start(credentials, 300)
    peers = {
        "posternd": ("dovecot", postern.socket, credentials),
        "passwd-file": ("dovecot", dovecot.passwd_file("passwd-file", credentials).socket, credentials),
        "SQLite": ("dovecot", dovecot.sqlite("sqlite", credentials).socket, credentials),
        "Lua": ("dovecot", dovecot.lua("lua", postern).socket, credentials),
        "saslauthd": ("saslauthd", sasl.socket, sasl_credentials),
    }
    # The first sign-in of each account is a row more, written within seconds.
    rig.measure(*peers["posternd"][:2], 8, 64, credentials)
    rig.settle(daemon)
    report.section(f"posternd, app passwords, {ACCOUNTS:,} accounts, auth log and last-used marks on")
    for connections, depth, budget in SHAPES:
        # saslauthd answers one request a connection.
        beside = [name for name in peers if depth == 1 or name != "saslauthd"]

        def rate(name):
            protocol, socket, some = peers[name]
            return rig.measure(protocol, socket, connections, depth, some)[0]

        rates = rig.turns(beside, rate)
        ours = rates.pop("posternd")
        shape = f"{connections} × {depth}"
        report.row(f"posternd, {shape}, against Dovecot with a passwd-file", "sign-ins/s", ours, rates["passwd-file"],
                   budget and ("≥", budget))
        report.row(f"posternd, {shape}, against Dovecot with SQLite", "sign-ins/s", ours, rates["SQLite"])
        report.row(f"posternd, {shape}, against Dovecot's Lua workers asking posternd", "sign-ins/s", ours, rates["Lua"])
        if "saslauthd" in rates:
            report.row(f"posternd, {shape}, against saslauthd (300 accounts)", "sign-ins/s", ours, rates["saslauthd"])
    report.row("posternd, resident memory, idle", "KiB", [idle], budget=("≤", 25_600))
    report.row("posternd, resident memory after all that", "KiB", [rig.resident(daemon)], note="page caches of up to 64 MiB a loop in it")
    _other_secrets(postern, credentials, main_hash)


def _main_hash(postern):
    import sqlite3

    with sqlite3.connect(postern.database) as database:
        return database.execute("SELECT main_hash FROM account WHERE main_hash IS NOT NULL").fetchone()[0]


def _other_secrets(postern, credentials, main_hash):
    some = rig.root / "hundred"
    lines = open(credentials).read().splitlines()[:100]
    some.write_text("".join(line.split("\t")[0] + "\ta long main password\n" for line in lines))
    hashed = dovecot.passwd_file("hashed", some, "{ARGON2ID}" + main_hash).socket
    report.section("posternd, other secrets, 8 × 1: what is remembered spares the slow hash")
    rows = {"main password": "right", "the same wrong passwords again": "same-wrong",
            "ever new wrong passwords": "wrong", "ever new unknown users": "unknown"}
    for name, secret in rows.items():
        # Once before, so that what can be known is.
        rig.measure("dovecot", postern.socket, 8, 1, some, secret)
        # Dovecot gives out denials at its own pace, even without a delay.
        sockets = {"posternd": postern.socket} | ({"Dovecot": hashed} if secret == "right" else {})
        rates = rig.turns(sockets, lambda peer: rig.measure("dovecot", sockets[peer], 8, 1, some, secret)[0])
        ours, theirs = rates["posternd"], rates.get("Dovecot")
        report.row(f"posternd, {name}" + (", against Dovecot with the same Argon2id hashes" if theirs else ""), "answers/s", ours, theirs)
