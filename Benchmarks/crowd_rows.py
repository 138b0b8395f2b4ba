"""Ten thousand clients that come back at once after a restart, each with a sign-in."""

import subprocess
import time

import dovecot
import quiet
import report
import rig
from installed import Postern

CLIENTS = 10_000
# Few accounts, because the memory budget does not include the page caches of the database.
ACCOUNTS = 1_000
# Seconds after which posternd has counted its connections, or has returned their memory: it checks once a second.
LOOK = 2


def measure():
    postern = Postern("crowd")
    credentials = postern.populate(ACCOUNTS)
    theirs = dovecot.passwd_file("crowd-passwd-file", credentials, most_clients=CLIENTS + 100,
                                 extra=f"default_client_limit = {CLIENTS + 100}")

    def once(name):
        if name == "Dovecot":
            return _crowd(theirs, credentials)
        # Killed, so that its caches are empty.
        if postern.daemon:
            rig.stop(postern.daemon, 9)
        seen = _crowd(rig.Server(postern.socket, postern.start()), credentials)
        time.sleep(LOOK)
        return *seen, rig.resident(postern.daemon)

    rounds = rig.turns(["posternd", "Dovecot"], once)
    connected, answered, memory, after = [rounds["posternd"].each(lambda values: values[i]) for i in range(4)]
    their_connected, their_answered = [rounds["Dovecot"].each(lambda values: values[i]) for i in range(2)]
    report.section(f"{CLIENTS:,} clients at once after posternd was killed; Dovecot with a passwd-file was not")
    report.row("posternd, until all are connected and greeted", "ms", connected, budget=("≤", 1000))
    report.row("posternd, until all are connected and greeted, against Dovecot", "ms", connected, their_connected)
    report.row("posternd, until all have signed in, against Dovecot", "ms", answered, their_answered)
    report.row("posternd, resident memory with 10,000 connections", "KiB", memory, budget=("≤", 81_920),
               note=f"no hashes, 1,000 accounts; {postern.caches(ACCOUNTS)}")
    report.row("posternd, resident memory once they have left", "KiB", after, note="page caches and known grants still in it")


def _crowd(server, credentials):
    """Milliseconds until all are connected, and until all have signed in; KiB that the server has then."""
    words = [str(word) for word in (rig.PROGRAMS / "sign-ins", "crowd", server.socket, CLIENTS, credentials)]
    with quiet.watching():
        crowd = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        times = [float(word) for word in crowd.stdout.readline().split()]
    resident = rig.resident(server.process)
    time.sleep(LOOK)
    crowd.communicate("")
    return *times, resident
