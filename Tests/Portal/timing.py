#!/usr/bin/env python3
"""Compares denials of the page: the same text, status and headers, and the same time (Welch's t over interleaved samples,
slowest twentieth left out; |t| of 4.5 or more ends with 1, as in Tests/Servers/timing).

usage: timing.py SAMPLES"""

import http.client
import itertools
import math
import pathlib
import random
import re
import socket
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mail_site import Site  # noqa: E402

LIMIT, THREADS = 4.5, 32
numbers = itertools.count(1)


def address():
    """A network that nobody came from before."""
    number = next(numbers)
    return f"2001:db8:{number >> 16 & 0xffff:x}:{number & 0xffff:x}::1"


class Portal(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("portal.test")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def sign_in(site, user, password, code):
    """How long the answer took, and the answer without what was typed."""
    connection = Portal(site.socket)
    connection.connect()
    body = urllib.parse.urlencode({"user": user, "password": password, "code": code})
    headers = {
        "X-Real-IP": address(), "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    start = time.perf_counter()
    connection.request("POST", "/sign-in", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    taken = time.perf_counter() - start
    connection.close()
    kept = sorted((name, value) for name, value in answer.headers.items() if name not in ("Date", "Content-Length"))
    return taken, (answer.status, kept, re.sub(r'name="user" value="[^"]*"', "", text))


def welch(one, other):
    def moments(values):
        values = sorted(values)[:len(values) * 19 // 20]
        mean = sum(values) / len(values)
        return mean, sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)
    (mean, error), (other_mean, other_error) = moments(one), moments(other)
    return (mean - other_mean) / math.sqrt(error + other_error)


def main(samples):
    # The delay as it is shipped, and budgets that are never spent.
    settings = "failure_delay = 2s\nguess_free = 1000\nguess_account_limit = 10000\n"
    with Site(settings) as site:
        for name in ["factor", "disabled", "must"]:
            site.postern("account", "add", f"{name}@example.org", "--password-stdin", input=Site.password)
        uri = site.postern("second-factor", "enroll", "factor@example.org")
        seed = re.search("secret=([A-Z2-7]+)", uri)[1]
        site.postern("second-factor", "confirm", "factor@example.org", "--code-stdin", input=site.code(seed))
        app = site.postern("app-password", "create", Site.alice, "--name", "x").strip()
        site.postern("account", "disable", "disabled@example.org")

        def wrong():
            return f"wrong {next(numbers)}"
        kinds = {
            "unknown account": lambda: (f"nobody{next(numbers)}@example.org", wrong(), ""),
            "wrong password": lambda: (Site.alice, wrong(), ""),
            "wrong password and code": lambda: ("factor@example.org", wrong(), f"{random.randrange(10**6):06}"),
            "right password without code": lambda: ("factor@example.org", Site.password, ""),
            "disabled account": lambda: ("disabled@example.org", Site.password, ""),
            "no user name": lambda: ("", wrong(), ""),
            "app password": lambda: (Site.alice, app, ""),
        }
        work = [kind for kind in kinds for _ in range(samples)]
        random.shuffle(work)
        taken, answers = {kind: [] for kind in kinds}, set()
        lock = threading.Lock()

        def run():
            while True:
                with lock:
                    if not work:
                        return
                    kind = work.pop()
                seconds, answer = sign_in(site, *kinds[kind]())
                with lock:
                    taken[kind].append(seconds)
                    answers.add(repr(answer))
        threads = [threading.Thread(target=run) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{samples} samples a kind; different answers: {len(answers)}")
        if len(answers) != 1:
            raise SystemExit("\n".join(answers))
        failed = False
        for kind, times in taken.items():
            t = welch(taken["wrong password"], times) if kind != "wrong password" else 0.0
            failed |= abs(t) >= LIMIT
            print(f"   {kind:32} median {sorted(times)[len(times) // 2] * 1000:8.2f} ms   |t| {abs(t):5.2f}")
        if failed:
            raise SystemExit("one kind takes another time")


if __name__ == "__main__":
    main(int(sys.argv[1]))
