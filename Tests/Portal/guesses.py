#!/usr/bin/env python3
"""Guesses over the page: each is logged with the browser's address and counted by the shipped jail's filter; the budgets
hold.

usage: guesses.py ADDRESSES"""

import pathlib
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from attack import Client, expect  # noqa: E402
from mail_site import TOP, Site  # noqa: E402

FREE = 10


def matches(site):
    """The addresses that the filter counts, once for each line."""
    configuration = site.root / "fail2ban"
    if not configuration.exists():
        shutil.copytree("/etc/fail2ban", configuration)
        shutil.copy(TOP / "packaging/fail2ban/filter.d/postern.conf", configuration / "filter.d")
    found = subprocess.run(
        ["fail2ban-regex", "-c", configuration, "-o", "<ip>", site.root / "log/auth.log", "postern"],
        capture_output=True, text=True, check=True)
    return [line for line in found.stdout.splitlines() if line]


def address(number):
    return f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"


def main(count):
    with Site() as site:
        accounts = "".join(f"user{number}@example.org:{{PLAIN}}main password {number}\n" for number in range(count))
        (site.root / "accounts").write_text(accounts)
        site.postern("import", "passwd-file", str(site.root / "accounts"))

        def guess(number):
            client = Client(site, address(number))
            for guess in range(FREE):
                client.sign_in(f"guess {number} {guess}", f"user{number}@example.org")
                assert client.status == 403, f"{client.status} {client.text}"
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(guess, range(count)))
        found = matches(site)
        expect(len(found) == count * FREE, f"{count} addresses, {FREE} guesses each: {len(found)} matches of the jail")
        expect(
            set(found) == {address(number) for number in range(count)} and found.count(address(0)) == FREE,
            "with the browsers' addresses, never the web server's")

        client, statuses = Client(site, "203.0.113.9"), []
        for number in range(3 * FREE):
            client.sign_in(f"another {number}", f"user{number}@example.org")
            statuses.append(client.status)
        found = matches(site).count("203.0.113.9")
        expect(
            found == FREE and statuses == [403] * FREE + [503] * 2 * FREE,
            f"one address: {found} matches, the others are throttled")
        expect("no password was wrong" in client.text, "which is no denial", client)
        owner = Client(site, "203.0.113.9")
        expect(owner.sign_in("main password 1", "user1@example.org") == 503, "also to the right password", owner)
        owner = Client(site, "203.0.113.10")
        expect(owner.sign_in("main password 1", "user1@example.org") == 303, "from elsewhere, people sign in", owner)


if __name__ == "__main__":
    main(int(sys.argv[1]))
