#!/usr/bin/env python3
"""Requests that no browser of an honest person sends, through the real nginx and the real Caddy.

usage: attack.py nginx|caddy
"""

import http.client
import os
import pathlib
import re
import signal
import socket
import ssl
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from mail_site import HOST, Site, eventually  # noqa: E402

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE


class Client:
    """A browser without manners: it sends what it is told, and keeps its cookie."""

    def __init__(self, site, address=None):
        self.site, self.address, self.cookie = site, address, None

    def ask(self, method, path, form=None, headers=None, body=None):
        connection = http.client.HTTPSConnection(HOST, self.site.port)
        plain = socket.create_connection(("127.0.0.1", self.site.port), 40)
        connection.sock = context.wrap_socket(plain, server_hostname=HOST)
        sent = {"Host": f"{HOST}:{self.site.port}"}
        if method == "POST":
            sent |= {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        if self.cookie:
            sent["Cookie"] = "__Host-postern=" + self.cookie
        if self.address:
            sent["X-Test-Address"] = self.address
        for name, value in (headers or {}).items():
            sent.pop(name, None)
            if value is not None:
                sent[name] = value
        if form is not None:
            body = urllib.parse.urlencode(form)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        self.text = answer.read().decode(errors="replace")
        self.status, self.headers = answer.status, answer.headers
        connection.close()
        cookie = re.search("__Host-postern=([^;]*)", answer.headers.get("Set-Cookie") or "")
        if cookie:
            self.cookie = cookie[1] or None
        return self.status

    def sign_in(self, password=Site.password, user=Site.alice, code="", **more):
        return self.ask("POST", "/sign-in", {"user": user, "password": password, "code": code}, **more)

    def token(self, page, action):
        """The token of a form on a page."""
        self.ask("GET", page)
        found = re.search(rf'action="{action}">\s*<input type="hidden" name="form" value="([0-9a-f]+)"', self.text)
        if not found:
            raise AssertionError(f"no form for {action} on {page}: {self.status} {self.text}")
        return found[1]

    def make(self, name="Phone", **more):
        form = {"form": self.token("/new", "/new"), "name": name, "service": "imap"}
        return self.ask("POST", "/new", form, **more)


def expect(condition, what, client=None):
    if not condition:
        raise AssertionError(f"{what}: {client.status} {client.text[:2000]}" if client else what)
    print(f"   {what}", flush=True)


def headers(site):
    client = Client(site)
    client.sign_in()
    for path in ["/sign-in", "/devices", "/style.css", "/script.js", "/nonesuch", "/help", "/new", "/activity.csv"]:
        client.ask("GET", path)
        for name, value in HEADERS.items():
            assert client.headers.get_all(name) == [value], f"{path}: {name}: {client.headers.get_all(name)}"
    client.ask("POST", "/new", {}, {"Sec-Fetch-Site": "cross-site"})
    for name, value in HEADERS.items():
        assert client.headers.get_all(name) == [value], f"403: {name}"
    expect(True, "every answer has the headers, once")
    fresh = Client(site)
    fresh.sign_in()
    wanted = rf"__Host-postern={fresh.cookie}; Path=/; Secure; HttpOnly; SameSite=Strict"
    expect(fresh.headers["Set-Cookie"] == wanted, "the cookie is as specified", fresh)
    fresh.ask("POST", "/sign-out", {"form": fresh.token("/devices", "/sign-out")})
    expect(
        fresh.headers["Clear-Site-Data"] == '"cache", "storage"' and "Max-Age=0" in fresh.headers["Set-Cookie"],
        "sign-out clears cache and storage, and expires the cookie", fresh)


def forgery(site):
    """No form of another site's, another session's or another page's, and no change by a GET."""
    client, other = Client(site), Client(site)
    client.sign_in()
    other.sign_in()
    origin = site.origin
    attempts = [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"}, 403, "from a foreign site"),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://sub.portal.test"}, 403, "from a sibling host"),
        ({"Sec-Fetch-Site": "none"}, 403, "from nowhere"),
        ({"Sec-Fetch-Site": None}, 403, "without Origin and Sec-Fetch-Site"),
        ({"Sec-Fetch-Site": None, "Origin": "null"}, 403, "with Origin null"),
        ({"Sec-Fetch-Site": None, "Origin": "https://evil.test"}, 403, "with a foreign Origin"),
        ({"Sec-Fetch-Site": None, "Origin": origin.replace("https", "http")}, 403, "with an Origin without TLS"),
        ({"Sec-Fetch-Site": None, "Origin": origin + ".evil.test"}, 403, "with an Origin that begins like ours"),
        ({"Content-Type": "text/plain"}, 403, "that is no form"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 403, "of another kind"),
    ]
    for sent, status, what in attempts:
        expect(client.make(headers=sent) == status, f"refused: a form {what}", client)
    for sent, what in [({"Sec-Fetch-Site": None, "Origin": origin}, "Origin alone"), ({}, "Sec-Fetch-Site")]:
        expect(client.make(headers=sent) == 200, f"accepted: a form with {what}", client)
    for form, what in [
        ({}, "without a token"), ({"form": ""}, "with an empty token"), ({"form": "00" * 48}, "with an invented token"),
        ({"form": other.token("/new", "/new")}, "with another session's token"),
        ({"form": client.token("/devices", "/sign-out")}, "with another form's token"),
    ]:
        status = client.ask("POST", "/new", {"name": "Forged", "service": "imap"} | form)
        expect(status == 403 and "Nothing was changed" in client.text, f"refused: a form {what}", client)
    token = client.token("/new", "/new")
    form = {"form": token, "name": "Once", "service": "imap"}
    expect(client.ask("POST", "/new", form) == 200, "accepted: a form once", client)
    expect(client.ask("POST", "/new", form) == 422 and "sent already" in client.text, "refused: the same form twice", client)
    before = site.changes()
    for path in ["/new", "/sign-out", "/devices/abc/revoke", "/second-factor/enrol", "/password", "/profile"]:
        query = urllib.parse.urlencode({"form": client.token("/new", "/new"), "name": "x", "service": "imap"})
        client.ask("GET", f"{path}?{query}")
    for method in ["PUT", "DELETE", "PATCH"]:
        client.ask(method, "/new", form, {"Sec-Fetch-Site": "same-origin"})
    expect(site.changes() == before, "nothing is changed by GET, PUT, DELETE or PATCH")
    nobody = Client(site)
    for path in ["/new", "/password", "/second-factor/enrol", "/devices/abc/revoke"]:
        nobody.ask("POST", path, {"form": "00" * 48})
        assert nobody.status == 303 and nobody.headers["Location"].startswith("/sign-in"), path
    expect(True, "without a session, every form leads to the sign-in page")


def sessions(site):
    client = Client(site)
    client.cookie = "chosen-by-an-attacker-0123456789"
    client.sign_in()
    expect(client.cookie != "chosen-by-an-attacker-0123456789", "no session has a token that somebody else chose")
    before = client.cookie
    client.sign_in()
    old = Client(site)
    old.cookie = before
    expect(old.ask("GET", "/devices") == 303, "a new sign-in ends the browser's session of before", old)
    other = Client(site)
    other.sign_in()
    client.ask("GET", "/password")
    ends = re.findall(
        r'action="/sessions/end">\s*<input type="hidden" name="form" value="(\w+)">\s*'
        r'<input type="hidden" name="id" value="(\w+)"', client.text)
    for form, session in ends:
        client.ask("POST", "/sessions/end", {"form": form, "id": session})
    expect(other.ask("GET", "/devices") == 303, "sessions can be ended from another one", other)
    for command, what in [
        (["account", "password", Site.alice, "--password-stdin"], "the operator changes the password"),
        (["account", "disable", Site.alice], "the account is disabled"),
    ]:
        client.sign_in()
        site.postern(*command, input=Site.password)
        expect(client.ask("GET", "/devices") == 303, f"a session ends when {what}", client)
    site.postern("account", "enable", Site.alice)


def malformed(site):
    client = Client(site)
    expect(client.ask("POST", "/sign-in", body="user=" + "x" * 20_000) == 413, "refused: a body of 20 KB", client)
    client.ask("GET", "/sign-in", headers={"X-Big": "x" * 20_000})
    expect(client.status in (400, 431, 502), "refused: a header of 20 KB", client)
    for body in [b"\x00" * 100, b"user=%ff%fe&password=%", b"&" * 10_000, b"user" + b"=" * 5000]:
        client.ask("POST", "/sign-in", body=body)
        assert client.status == 403, client.status
    expect(client.sign_in() == 303, "and goes on", client)


def addresses(site):
    """The web server in front says where a browser is, and nobody else does."""
    client = Client(site)
    client.ask("POST", "/sign-in", {"user": "eve@example.org", "password": "x"}, {"X-Real-IP": "203.0.113.99"})
    expect("203.0.113.99" not in site.log() and "eve@example.org,127.0.0.1" in site.log(), "a browser cannot name its own address")
    with socket.socket(socket.AF_UNIX) as direct:
        direct.connect(str(site.socket))
        direct.send(b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
        expect(b"400 Bad Request" in direct.recv(4096), "without X-Real-IP: refused")
    lines = [line for line in (site.root / "portal.log").read_text().splitlines() if "X-Real-IP" in line]
    expect(len(lines) == 1, "with one clear line")


def outages(site):
    client = Client(site)
    client.sign_in()
    cookie = client.cookie
    os.kill(site.posternd, signal.SIGTERM)
    eventually(lambda: not (site.root / "sockets/account").exists(), "the end of posternd")
    for path in ["/devices", "/new", "/second-factor", "/activity", "/password"]:
        assert client.ask("GET", path) == 503, f"{path}: {client.status}"
    expect(client.sign_in() == 503 and "no password was wrong" in client.text, "posternd down: 503, no denial", client)
    site.start_posternd()
    client.cookie = cookie
    expect(client.ask("GET", "/devices") == 200, "posternd back: the session goes on", client)
    site.portal.terminate()
    site.portal.wait(20)
    expect(site.imap(Site.password), "portal down: sign-ins go on")
    expect(client.ask("GET", "/devices") == 502, "and the web server says so", client)
    site.start_portal()
    expect(client.ask("GET", "/devices") == 200, "portal back: the session goes on", client)


def main(front):
    print(f"{front}:")
    with Site("guess_free = 1000\n", front) as site:
        try:
            for part in [headers, forgery, sessions, malformed, addresses, outages]:
                part(site)
        except BaseException:
            print((site.root / "portal.log").read_text()[-2000:])
            raise


if __name__ == "__main__":
    main(sys.argv[1])
