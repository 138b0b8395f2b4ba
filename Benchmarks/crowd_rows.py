"""Ten thousand clients that come back at once after a restart, each with a sign-in."""

import subprocess

import dovecot
import report
import rig

CLIENTS = 10_000


def measure():
    postern = rig.Postern("crowd")
    # Few accounts: the budget of memory is without the page caches of the database.
    credentials = postern.populate(1_000)
    theirs = dovecot.passwd_file("crowd-passwd-file", credentials, most_clients=CLIENTS + 100,
                                 extra=f"default_client_limit = {CLIENTS + 100}")
    connected, answered, memory, their_connected, their_answered = [], [], [], [], []
    for _ in range(rig.ROUNDS):
        # Killed: nothing is in its caches.
        if postern.daemon:
            rig.stop(postern.daemon, 9)
        daemon = postern.start()
        times, resident = _crowd(postern.socket, credentials, lambda: rig.resident(daemon))
        connected.append(times[0])
        answered.append(times[1])
        memory.append(resident)
        times, _ = _crowd(theirs, credentials, lambda: 0)
        their_connected.append(times[0])
        their_answered.append(times[1])
    report.section(f"{CLIENTS:,} clients at once after posternd was killed; Dovecot with a passwd-file was not")
    report.row("posternd, until all are connected and greeted", "ms", connected, budget=("≤", 1000))
    report.row("posternd, until all are connected and greeted, against Dovecot", "ms", connected, their_connected)
    report.row("posternd, until all have signed in, against Dovecot", "ms", answered, their_answered)
    report.row("posternd, resident memory with 10,000 connections", "KiB", memory, budget=("≤", 81_920), note="no hashes, 1,000 accounts")


def _crowd(socket, credentials, look):
    words = [str(word) for word in (rig.PROGRAMS / "sign-ins", "crowd", socket, CLIENTS, credentials)]
    crowd = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    times = [float(word) for word in crowd.stdout.readline().split()]
    seen = look()
    crowd.communicate("")
    return times, seen
