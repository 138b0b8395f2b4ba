"""posternd with other secrets than app passwords: those that cost a slow hash, and those that are wrong."""

import sqlite3

import dovecot
import quiet
import report
import rig


def main_hash(postern):
    with sqlite3.connect(postern.database) as database:
        return database.execute("SELECT main_hash FROM account WHERE main_hash IS NOT NULL").fetchone()[0]


def measure(postern, credentials, main_hash):
    some = rig.root / "hundred"
    lines = open(credentials).read().splitlines()[:100]
    some.write_text("".join(line.split("\t")[0] + "\ta long main password\n" for line in lines))
    hashed = dovecot.passwd_file("hashed", some, "{ARGON2ID}" + main_hash).socket
    report.section("posternd, other secrets, 8 × 1: what is remembered spares the slow hash")
    rows = {"main password": "right", "the same wrong passwords again": "same-wrong",
            "ever new wrong passwords": "wrong", "ever new unknown users": "unknown"}
    for name, secret in rows.items():
        # Dovecot delays denials even if its delay is 0, so it is compared only for right passwords.
        sockets = {"posternd": postern.socket} | ({"Dovecot": hashed} if secret == "right" else {})
        # Once before the measurement, to fill the caches.
        rig.measure("dovecot", postern.socket, 8, 1, some, secret)
        rates = rig.turns(sockets, lambda peer: rig.measure("dovecot", sockets[peer], 8, 1, some, secret)[0])
        beside = ", against Dovecot with the same Argon2id hashes" if "Dovecot" in rates else ""
        report.row(f"posternd, {name}{beside}", "answers/s", rates["posternd"], rates.get("Dovecot"))
