"""postern-checkpassword beside programs that accept everyone, through Dovecot 2.3, and from fork to exit."""

import dovecot
import report
import rig
from installed import Postern

ACCEPT = """#!/usr/bin/env python3
import os
user = os.read(3, 512).split(b"\\0")[0]
os.write(4, b"user=" + user + b"\\tuserdb_uid=5000\\tuserdb_gid=5000\\tuserdb_home=/nonexistent\\t")
"""


def measure():
    postern = Postern("checkpassword")
    alone = postern.without_daemon()
    credentials = postern.populate(1000)
    postern.start()
    python = rig.root / "accept-all.py"
    python.write_text(ACCEPT)
    python.chmod(0o755)
    ours = rig.root / "usr/libexec/postern-checkpassword"
    c = rig.PROGRAMS / "accept-all"
    peers = {
        "in-process": dovecot.checkpassword("in-process", ours, "--config", alone),
        "asking posternd": dovecot.checkpassword("asking", ours, "--config", postern.configuration),
        "C": dovecot.checkpassword("c", c),
        "C and reply": dovecot.checkpassword("c-reply", c, "through-reply"),
        "Python": dovecot.checkpassword("python", python),
    }
    report.section("postern-checkpassword through Dovecot 2.3, app passwords, against programs that accept everyone")
    for connections in (1, 8, 32):
        rates = rig.turns(peers, lambda name: rig.measure("dovecot", peers[name].socket, connections, 1, credentials)[0])
        for name, least in (("in-process", 0.7), ("asking posternd", 0.8)):
            here = f"postern-checkpassword {name}, {connections} at a time, against"
            report.row(f"{here} C", "sign-ins/s", rates[name], rates["C"], ("≥", least))
            report.row(f"{here} C through checkpassword-reply", "sign-ins/s", rates[name], rates["C and reply"], ("≥", 1.3))
            report.row(f"{here} Python", "sign-ins/s", rates[name], rates["Python"])
    _fork_to_exit(postern, alone, ours, c)


def _fork_to_exit(postern, alone, ours, c):
    report.section("postern-checkpassword, from fork to exit")
    user, secret = open(postern.home / "credentials").readline().split("\t")
    programs = {"C": [c], "in-process": [ours, "--config", alone], "asking": [ours, "--config", postern.configuration]}
    times = rig.turns(programs, lambda name: rig.fork_to_exit(user, secret, *programs[name]))
    report.row("postern-checkpassword in-process, against C", "µs", times["in-process"], times["C"], ("≤", 2))
    report.row("postern-checkpassword asking posternd, against C", "µs", times["asking"], times["C"], ("≤", 2))
    report.row("postern-checkpassword, stripped size", "MiB", [ours.stat().st_size / 2**20], budget=("≤", 20))
