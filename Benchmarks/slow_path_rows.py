"""The slow hashes at their limit, and what is left for sign-ins that need none."""

import subprocess
import sys
import time

import report
import rig

# The defaults of hash_workers, hash_memory (KiB) and hash_passes.
WORKERS, MEMORY, PASSES = 2, 19_456, 2


def measure():
    postern = rig.Postern("slow", rig.UNTHROTTLED)
    credentials = postern.populate(20_000)
    postern.start()
    report.section("Slow path of posternd")
    ours, theirs = [], []
    for _ in range(rig.ROUNDS):
        ours.append(rig.measure("dovecot", postern.socket, 64, 1, credentials, "wrong", 3)[0])
        # What the load left waiting is hashed to its end.
        time.sleep(2)
        theirs.append(float(rig.run(rig.PROGRAMS / "bare-argon2", WORKERS, MEMORY, PASSES, 3)))
    report.row("posternd, 64 × 1, ever new wrong passwords, against bare libargon2", "hashes/s", ours, theirs, ("≥", 0.95))
    quiet = [rig.measure("dovecot", postern.socket, 8, 1, credentials)[2] / 1e3 for _ in range(rig.ROUNDS)]
    words = [rig.PROGRAMS / "sign-ins", "dovecot", postern.socket, 64, 1, 3 * rig.ROUNDS, credentials, "wrong"]
    flood = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    flooded = [rig.measure("dovecot", postern.socket, 8, 1, credentials) for _ in range(rig.ROUNDS)]
    if flood.poll() is not None:
        sys.exit("the flood ended before what it was to disturb")
    flood.communicate()
    report.row("posternd, 99th percentile of 8 fast clients, nobody else there", "ms", quiet)
    report.row("posternd, the same while 64 flood wrong passwords", "ms", [p99 / 1e3 for _, _, p99 in flooded], budget=("≤", 5))
    report.row("posternd, fast sign-ins meanwhile", "sign-ins/s", [rate for rate, _, _ in flooded])
