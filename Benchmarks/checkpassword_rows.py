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
    small = rig.root / "usr/libexec/postern-checkpassword"
    local = rig.root / "usr/libexec/postern-checkpassword-local"
    c = rig.PROGRAMS / "accept-all"
    peers = {
        "small": dovecot.checkpassword("small", small, "--config", postern.configuration),
        "local": dovecot.checkpassword("local", local, "--config", alone),
        "C": dovecot.checkpassword("c", c),
        "C and reply": dovecot.checkpassword("c-reply", c, "through-reply"),
        "Python": dovecot.checkpassword("python", python),
    }
    report.section("postern-checkpassword through Dovecot 2.3, app passwords, against programs that accept everyone")
    for connections, least, least_reply in (1, 1.0, 0), (8, 1.1, 1.9), (32, 1.1, 0):
        rates = rig.turns(peers, lambda name: rig.measure("dovecot", peers[name].socket, connections, 1, credentials)[0])
        for name, called, budgets in (("small", "postern-checkpassword", (least, least_reply)),
                                      ("local", "postern-checkpassword-local", (0.6, 0))):
            here = f"{called}, {connections} at a time, against"
            for peer, budget in zip(("C", "C and reply", "Python"), (*budgets, 0)):
                against = "C through checkpassword-reply" if peer == "C and reply" else peer
                report.row(f"{here} {against}", "sign-ins/s", rates[name], rates[peer], ("≥", budget) if budget else None)
    _fork_to_exit(postern, alone, small, local, c)


def _fork_to_exit(postern, alone, small, local, c):
    report.section("postern-checkpassword, from fork to exit")
    report.remark("In a virtual machine glibc's start is dear, which the C program's is, too: its 41 cpuid instructions each "
                  "trap into the hypervisor. musl's start has none.")
    user, secret = open(postern.home / "credentials").readline().split("\t")
    programs = {
        "C": [c], "small": [small, "--config", postern.configuration], "local": [local, "--config", alone],
        "both": [small, "--config", alone],
    }
    seen = rig.turns(programs, lambda name: rig.fork_to_exit(user, secret, *programs[name]))
    times = {name: rounds.each(lambda values: values[0]) for name, rounds in seen.items()}
    faults = {name: rounds.each(lambda values: values[1]) for name, rounds in seen.items()}
    report.row("postern-checkpassword, asking posternd, against C", "µs", times["small"], times["C"], ("≤", 0.75))
    report.row("postern-checkpassword-local, against C", "µs", times["local"], times["C"], ("≤", 2.4))
    report.row("postern-checkpassword without posternd, which becomes the other, against C", "µs", times["both"], times["C"])
    report.row("postern-checkpassword, page faults", "", faults["small"], budget=("≤", 15))
    report.row("postern-checkpassword, stripped size", "KiB", [small.stat().st_size / 2**10], budget=("≤", 100))
    report.row("postern-checkpassword-local, stripped size", "MiB", [local.stat().st_size / 2**20], budget=("≤", 20))
