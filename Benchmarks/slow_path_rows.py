"""The slow hashes at their limit, and what is left for sign-ins that need none."""

import sys
import time

import quiet
import report
import rig
from installed import Postern

# The defaults of hash_workers, hash_memory (KiB) and hash_passes.
WORKERS, MEMORY, PASSES = 2, 19_456, 2
# Seconds; the flood is stopped when the measurements are done.
FLOOD = 3600


def measure():
    postern = Postern("slow", rig.UNTHROTTLED)
    credentials = postern.populate(20_000)
    postern.start()
    report.section("Slow path of posternd")

    def hashes(name):
        if name == "libargon2":
            with quiet.watching():
                return float(rig.run(rig.PROGRAMS / "bare-argon2", WORKERS, MEMORY, PASSES, 3))
        rate, *_ = rig.measure("dovecot", postern.socket, 64, 1, credentials, "wrong", 3)
        # Attempts that the load left waiting are hashed meanwhile.
        time.sleep(2)
        return rate

    rates = rig.turns(["posternd", "libargon2"], hashes)
    report.row("posternd, 64 × 1, ever new wrong passwords, against bare libargon2", "hashes/s", rates["posternd"],
               rates["libargon2"], ("≥", 0.95))

    def fast():
        return rig.measure("dovecot", postern.socket, 8, 1, credentials)

    alone = rig.rounds(fast)
    flood = rig.start(rig.PROGRAMS / "sign-ins", "dovecot", postern.socket, 64, 1, FLOOD, credentials, "wrong")
    flooded = rig.rounds(fast)
    if flood.poll() is not None:
        sys.exit("the flood ended before what it was to disturb")
    rig.stop(flood)
    report.row("posternd, 99th percentile of 8 fast clients, nobody else there", "ms", alone.each(_percentile))
    report.row("posternd, the same while 64 flood wrong passwords", "ms", flooded.each(_percentile), budget=("≤", 2))
    report.row("posternd, fast sign-ins meanwhile", "sign-ins/s", flooded.each(lambda values: values[0]))


def _percentile(values):
    """Milliseconds."""
    return values[2] / 1e3
