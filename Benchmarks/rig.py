"""What every measurement needs: a directory that goes when it ends, the programs as installed, servers, and the load."""

import atexit
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import quiet

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = 1.5
# No throttling, so that guesses reach the hash.
UNTHROTTLED = "guess_free = 1000\nguess_account_limit = 10000\ntrusted_networks = 192.0.2.0/24\n"

root = Path(tempfile.mkdtemp(prefix="postern-bench.", dir="/var/tmp"))
root.chmod(0o755)
PROGRAMS = root / "programs"
_running = []


def _finish():
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for process in _running:
        process.terminate()
    for process in _running:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    shutil.rmtree(root, ignore_errors=True)


atexit.register(_finish)
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, lambda received, _: sys.exit(128 + received))
# A crowd of clients needs many descriptors, on both sides.
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def run(*words, data=None):
    """What the command printed."""
    done = subprocess.run([str(word) for word in words], input=data, text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"ended with {done.returncode}: {' '.join(map(str, words))}")
    return done.stdout


class Server(NamedTuple):
    """What answers on a socket."""
    socket: Path
    process: subprocess.Popen


def install():
    run("make", "--silent", "-C", PROJECT, "install", f"PREFIX={root}/usr")
    PROGRAMS.mkdir()
    # Not with a Swift package, which would link Swift's libraries: the yardstick would start three times as slowly.
    for source in HERE.glob("*.c"):
        run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", PROGRAMS / source.stem, source, "-largon2", "-lpthread",
            "-Wl,--as-needed")
    (root / "log").mkdir()


def start(*words, until=None):
    # In a separate session, because Dovecot ends with a signal to its whole process group.
    with open(root / "log/errors", "ab") as log:
        process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
    _running.append(process)
    while until and not until.exists():
        if process.poll() is not None:
            sys.exit(f"{words[0]} did not start:\n" + (root / "log/errors").read_text()[-2000:])
        time.sleep(0.05)
    time.sleep(0.2)
    return process


def stop(process, with_signal=signal.SIGTERM):
    process.send_signal(with_signal)
    process.wait()
    _running.remove(process)


def measure(protocol, socket, connections, depth, credentials, secret="right", seconds=SECONDS):
    """Answers a second, and the median and 99th percentile of the time to one in microseconds.

    seconds: 0 has each of the credentials sign in once, in their order."""
    with quiet.watching():
        words = run(PROGRAMS / "sign-ins", protocol, socket, connections, depth, seconds, credentials, secret).split()
    return [float(word) for word in words]


def fork_to_exit(user, secret, *words):
    """Microseconds and page faults, the medians of 300 sign-ins one after the other."""
    password = root / "password"
    password.write_text(secret)
    with quiet.watching():
        return [float(word) for word in run(PROGRAMS / "fork-to-exit", 300, user, password, *words).split()]


def turns(names, once):
    """What `once` says of each name, in turns: by name, one value a round."""
    seen = {name: quiet.Rounds() for name in names}
    for _ in range(ROUNDS):
        quiet.wait()
        for name, rounds in seen.items():
            rounds.take(lambda: once(name))
    return seen


def rounds(once, count=ROUNDS):
    """The same for one that stands alone."""
    seen = quiet.Rounds()
    for _ in range(count):
        quiet.wait()
        seen.take(once)
    return seen


def settle(process):
    """Until it does nothing: what it writes every five seconds is not to fall into somebody else's turn."""
    seconds, before = 0, quiet.used(process.pid)
    while seconds < 6:
        time.sleep(1)
        now = quiet.used(process.pid)
        seconds, before = seconds + 1 if now == before else 0, now


def resident(process):
    """KiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
