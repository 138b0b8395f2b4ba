"""posternd beside the other daemons that know passwords, with app passwords."""

from contextlib import contextmanager
from typing import NamedTuple

import dovecot
import nio_alone
import quiet
import report
import rig
import saslauthd
import secret_rows
from installed import Postern

ACCOUNTS = 20_000
# Connections, requests in flight on each, and the budget for the ratio to Dovecot with a passwd-file.
SHAPES = [(8, 64, 8), (1, 64, None), (32, 1, 1.5), (8, 1, 1.2), (1, 1, 0.95)]
AGAINST = {
    "passwd-file": "Dovecot with a passwd-file",
    "SQLite": "Dovecot with SQLite",
    "Lua": "Dovecot's Lua workers asking posternd",
    "saslauthd": "saslauthd (300 accounts)",
    "NIO": "NIO and the kernel alone",
}


class Peer(NamedTuple):
    protocol: str
    server: rig.Server
    credentials: object
    # The processes whose CPU time is counted, with all that they started.
    processes: list


def measure():
    postern = Postern("daemon", rig.UNTHROTTLED)
    postern.command("account", "add", "sample@example.net", "--password-stdin", data="a long main password")
    main_hash = secret_rows.main_hash(postern)
    credentials = postern.populate(ACCOUNTS, main_hash)
    daemon = postern.start()
    idle = rig.resident(daemon)
    peers = _peers(postern, credentials)
    # The first sign-in of each account adds a row, which is written within seconds.
    rig.measure("dovecot", postern.socket, 8, 64, credentials)
    rig.settle(daemon)
    report.section(f"posternd, app passwords, {ACCOUNTS:,} accounts, auth log and last-used marks on")
    for connections, depth, budget in SHAPES:
        # saslauthd answers one request on each connection.
        beside = {name: peer for name, peer in peers.items() if depth == 1 or name != "saslauthd"}
        _rows(f"{connections} × {depth}", beside, connections, depth, budget)
    with _commits(postern):
        beside = {name: peers[name] for name in ("posternd", "passwd-file")}
        _rows("8 × 64 while another process commits 100 times a second", beside, 8, 64, 5)
    report.row("posternd, resident memory, idle", "KiB", [idle], budget=("≤", 25_600))
    report.row("posternd, resident memory after all that", "KiB", [rig.resident(daemon)],
               note=postern.caches(ACCOUNTS))
    secret_rows.measure(postern, credentials, main_hash)


def _peers(postern, credentials):
    peers = {"posternd": Peer("dovecot", rig.Server(postern.socket, postern.daemon), credentials, [postern.daemon])}

    def add(name, protocol, server, some=credentials, *more):
        peers[name] = Peer(protocol, server, some, [server.process, *more])

    add("passwd-file", "dovecot", dovecot.passwd_file("passwd-file", credentials))
    add("SQLite", "dovecot", dovecot.sqlite("sqlite", credentials))
    add("Lua", "dovecot", dovecot.lua("lua", postern), credentials, postern.daemon)
    add("saslauthd", "saslauthd", *saslauthd.start(credentials, 300))
    add("NIO", "dovecot", nio_alone.start(postern.daemon))
    return peers


def _rows(shape, peers, connections, depth, budget):
    daemon = peers["posternd"].server.process

    def once(name):
        """Sign-ins a second, and microseconds of the servers' CPU time for one."""
        peer = peers[name]
        before = quiet.used(*(process.pid for process in peer.processes))
        rate, *_ = rig.measure(peer.protocol, peer.server.socket, connections, depth, peer.credentials)
        # Wait until posternd has written its sign-ins, which must not fall into the next peer's turn.
        if daemon in peer.processes:
            rig.settle(daemon)
        return rate, (quiet.used(*(process.pid for process in peer.processes)) - before) / (rate * rig.SECONDS) * 1e6

    rounds = rig.turns(peers, once)
    rates = {name: seen.each(lambda values: values[0]) for name, seen in rounds.items()}
    costs = {name: seen.each(lambda values: values[1]) for name, seen in rounds.items()}
    for name, title in AGAINST.items():
        if name in peers:
            report.row(f"posternd, {shape}, against {title}", "sign-ins/s", rates["posternd"], rates[name],
                       ("≥", budget) if budget and name == "passwd-file" else None, cpu=(costs["posternd"], costs[name]))


@contextmanager
def _commits(postern):
    process = rig.start(rig.HERE / "commit", postern.database)
    yield
    if process.poll() is not None:
        raise SystemExit("what was to commit has ended")
    rig.stop(process)
