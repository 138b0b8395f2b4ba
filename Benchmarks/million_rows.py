"""Whether it matters how many accounts a store has."""

import os
import random
from pathlib import Path

import nio_alone
import quiet
import report
import rig
from installed import Postern

MILLION = 1_000_000
# Accounts that sign in after each start: none signs in twice, however often a slice is measured again.
COLD = MILLION // (rig.ROUNDS * (1 + quiet.MOST_REPEATS))


def measure():
    stores, credentials, active = {}, {}, {}
    for name, count in (("million", MILLION), ("thousand", 1_000)):
        stores[name] = Postern(name)
        credentials[name] = stores[name].populate(count)
        active[name] = rig.root / f"{name} active"
        active[name].write_text("".join(random.sample(open(credentials[name]).readlines(), 1_000)))
    report.section("A store of a million accounts against one of a thousand: time for a sign-in")
    _cold(stores["million"])
    for store in stores.values():
        store.start()
    _rows(stores, active, "the same number of people sign in", {(8, 64): 1.2, (1, 1): 1.5})
    for name, store in stores.items():
        _sign_everybody_in(store, credentials[name])
    _rows(stores, credentials, "whoever of them signs in, all known before", {(8, 64): 1.8, (1, 1): 1.5})
    for name, store in stores.items():
        report.row(f"posternd, resident memory, a {name} accounts, all known", "KiB", [rig.resident(store.daemon)],
                   note=store.caches(len(open(credentials[name]).readlines())))
    limit = nio_alone.start(stores["million"].daemon)
    times = rig.turns(credentials, lambda name: _microseconds(limit.socket, 8, 64, credentials[name]))
    report.row("NIO and the kernel alone, 8 × 64, the same credentials", "µs", times["million"], times["thousand"],
               note="what the load itself costs more")
    times = rig.turns(stores, lambda name: rig.fork_to_exit(
        *open(active[name]).readline().split(), rig.root / "usr/libexec/postern-checkpassword-local", "--config",
        stores[name].without_daemon())[0])
    report.row("postern-checkpassword-local, a million accounts", "µs", times["million"], times["thousand"], ("≤", 1.5))


def _microseconds(*load, **more):
    return 1e6 / rig.measure("dovecot", *load, **more)[0]


def _rows(stores, some, who, budgets):
    def once(name, connections, depth):
        took = _microseconds(stores[name].socket, connections, depth, some[name])
        rig.settle(stores[name].daemon)
        return took

    for (connections, depth), limit in budgets.items():
        times = rig.turns(stores, lambda name: once(name, connections, depth))
        report.row(f"posternd, a million accounts, {connections} × {depth}, {who}", "µs", times["million"],
                   times["thousand"], ("≤", limit))


def _sign_everybody_in(store, credentials):
    # Each event loop has its own cache; connections are given to the loops in turns.
    for _ in range(nio_alone.event_loops(store.daemon)):
        rig.measure("dovecot", store.socket, 1, 64, credentials, seconds=0)
    rig.settle(store.daemon)


def _cold(today):
    """posternd just started, and accounts that never signed in."""
    if "BEFORE" not in os.environ:
        return report.remark("Not measured: a cold start against an earlier build, whose folder of programs BEFORE names.")
    stores = {"today": today, "before": Postern("before", build=Path(os.environ["BEFORE"]).resolve())}
    stores["before"].populate(MILLION)
    waiting = {}
    for name, store in stores.items():
        lines = open(store.home / "credentials").readlines()
        random.shuffle(lines)
        waiting[name] = iter(lines)
    some = rig.root / "cold"

    def once(name):
        some.write_text("".join(line for line, _ in zip(waiting[name], range(COLD))))
        daemon = stores[name].start()
        # The start itself is not measured.
        rig.settle(daemon)
        before = quiet.used(daemon.pid)
        took = _microseconds(stores[name].socket, 8, 64, some, seconds=0)
        answered = quiet.used(daemon.pid) - before
        rig.settle(daemon)
        everything = quiet.used(daemon.pid) - before
        rig.stop(daemon)
        return took, answered / COLD * 1e6, everything / COLD * 1e6

    rounds = rig.turns(stores, once)
    for index, (what, limit) in enumerate([("time", None), ("CPU time until all are answered", 0.7),
                                           ("CPU time with last-used marks", None)]):
        ours, theirs = [rounds[name].each(lambda values: values[index]) for name in ("today", "before")]
        report.row(f"posternd, a million accounts, 8 × 64, from a cold start, {what}, against the build before", "µs", ours,
                   theirs, limit and ("≤", limit))
