#!/usr/bin/env python3
"""Looks for secrets that went over the page in the memory of the portal and of posternd, in logs and in addresses."""

import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from attack import Client, expect  # noqa: E402
from mail_site import TOP, Site  # noqa: E402

PASSWORD = "canary main 8f3a1c07"
NEXT = "canary next 55d0b2e9"
SYMBOLS = r"(?:[0-9a-z]{5}-){4}[0-9a-z]{5}"


def scan(process, secrets):
    answer = subprocess.run(
        [TOP / "Tests/Servers/scan-memory", str(process)], input="\n".join(secrets.values()), text=True,
        capture_output=True, check=True).stdout
    found = {}
    for name, line in zip(secrets, answer.splitlines()):
        if line.split()[1] != "0":
            found[name] = line
    return found


def main():
    secrets = {}
    with Site("guess_free = 1000\n") as site:
        site.postern("account", "password", Site.alice, "--password-stdin", input=PASSWORD)
        client = Client(site)

        def keep(name, value):
            secrets[name] = value
            return value
        # Every page that takes a secret or shows one.
        client.sign_in(keep("wrong password", "canary wrong 77aa12"))
        client.sign_in(keep("main password", PASSWORD))
        keep("session", client.cookie)
        client.make()
        app = keep("app password", re.search(SYMBOLS, client.text)[0])
        keep("app password, canonical", app.replace("-", ""))
        profile = re.search(r'action="/profile">\s*<input type="hidden" name="form" value="(\w+)">\s*<input type="hidden" name="id" value="(\w+)"', client.text)
        # For IMAP only: no profile. One for both:
        form = {"form": client.token("/new", "/new"), "name": "Apple", "service": "imap"}
        client.ask("POST", "/new", list(form.items()) + [("service", "smtp")])
        apple = keep("app password of the profile", re.search(SYMBOLS, client.text)[0])
        profile = re.search(r'action="/profile">\s*<input type="hidden" name="form" value="(\w+)">\s*<input type="hidden" name="id" value="(\w+)"', client.text)
        client.ask("POST", "/profile", {"form": profile[1], "id": profile[2], "secret": apple})
        expect(client.status == 200 and apple in client.text, "the profile has its secret", client)
        form = {"form": client.token("/new", "/new"), "name": "Short", "service": "imap", "compact": "1"}
        client.ask("POST", "/new", form)
        keep("compact app password", re.search(r"(?:[0-9a-z]{4}-){3}[0-9a-z]{4}", client.text)[0])
        client.ask("POST", "/second-factor/enrol", {"form": client.token("/second-factor", "/second-factor/enrol")})
        seed = keep("seed", re.search(r"secret=([A-Z2-7]+)", client.text)[1])
        form = re.search(r'action="/second-factor/confirm">\s*<input type="hidden" name="form" value="(\w+)">\s*<input type="hidden" name="key" value="([^"]+)"', client.text)
        key = form[2].replace("&amp;", "&")
        client.ask("POST", "/second-factor/confirm", {"form": form[1], "key": key, "code": "000000"})
        form = re.search(r'action="/second-factor/confirm">\s*<input type="hidden" name="form" value="(\w+)"', client.text)
        client.ask("POST", "/second-factor/confirm", {"form": form[1], "key": key, "code": site.code(seed)})
        codes = re.findall(SYMBOLS, client.text)
        expect(len(codes) == 10, "recovery codes", client)
        keep("recovery code, used", codes[0])
        keep("recovery code", codes[1])
        client.ask("POST", "/confirm", {
            "form": client.token("/confirm", "/confirm"), "next": "/new", "password": PASSWORD, "code": codes[0]})
        keep("session, renewed", client.cookie)
        client.ask("POST", "/second-factor/codes", {"form": client.token("/second-factor", "/second-factor/codes")})
        keep("new recovery code", re.findall(SYMBOLS, client.text)[0])
        client.ask("POST", "/password", {
            "form": client.token("/password", "/password"), "current": PASSWORD, "new": keep("new main password", NEXT),
            "again": NEXT, "end_sessions": "1"})
        expect(client.status == 303, "the password was changed", client)
        for word in [NEXT, "canary mistyped 09ab"]:
            keep(f"current: {word}", word)
            client.ask("POST", "/password", {
                "form": client.token("/password", "/password"), "current": word, "new": "x", "again": "y"})
        client.ask("POST", "/sign-out", {"form": client.token("/devices", "/sign-out")})
        client.sign_in("something else", user="nobody@example.org")

        # Also as it stands in a form's body.
        for name, value in list(secrets.items()):
            if " " in value:
                secrets[name + ", encoded"] = value.replace(" ", "+")
        time.sleep(2)
        left = {"portal": scan(site.portal.pid, secrets), "posternd": scan(site.posternd, secrets)}
        for program, found in left.items():
            expect(not found, f"{len(secrets)} secrets, none in the memory of {program}: {found}")
        texts = {path: path.read_text(errors="replace") for path in
                 [*site.root.glob("*.log"), *site.root.glob("log/*"), *site.root.glob("nginx/*.log")]}
        for path, text in texts.items():
            for name, value in secrets.items():
                assert value not in text, f"{name} in {path.name}"
        expect(True, f"none in {len(texts)} logs")


if __name__ == "__main__":
    main()
