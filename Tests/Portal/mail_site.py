"""The page as an operator sets it up: Dovecot, posternd and postern-portal, behind nginx and behind Caddy, on loopback."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
HOST = "portal.test"
SETTINGS = """account_socket = @ROOT@/sockets/account
portal_socket = @ROOT@/http/socket
portal_origin = https://portal.test:{port}
imap_server = imap.portal.test
smtp_server = smtp.portal.test
"""
# What the shipped files of both web servers have, in a private place.
NGINX = """
user root;
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 256; }}
http {{
    access_log access.log;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
    # Lets a test say where a browser is.
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Test-Address;
    include {shipped};
    {more}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(check, what, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        try:
            found = check()
            if found:
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


class Site:
    alice = "alice@example.org"
    password = "a main password"

    def __init__(self, settings="", front="nginx"):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="portal-", dir="/var/tmp"))
        self.root.chmod(0o755)
        self.port, self.imap_port, self.children = free_port(), free_port(), []
        self.origin = f"https://{HOST}:{self.port}"
        try:
            self.begin(settings, front)
        except BaseException:
            self.stop()
            raise

    def begin(self, settings, front):
        lines = SETTINGS.format(port=self.port) + settings
        if "failure_delay" not in settings:
            lines += "failure_delay = 0\n"
        ids = subprocess.run(
            [TOP / "Tests/Servers/start-dovecot", "lua", self.root, str(self.imap_port), str(free_port())],
            env={**os.environ, "POSTERN_TEST_SETTINGS": lines}, check=True, capture_output=True, text=True, cwd=TOP)
        self.dovecot, self.posternd = (int(word) for word in ids.stdout.split())
        self.socket = self.root / "http/socket"
        self.socket.parent.mkdir()
        self.start_portal()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", self.root / "key.pem", "-out",
             self.root / "cert.pem"], check=True, capture_output=True)
        {"nginx": self.start_nginx, "caddy": self.start_caddy}[front]()
        eventually(lambda: self.connects(self.port), front)
        self.postern("account", "add", self.alice, "--password-stdin", input=self.password)

    def start_portal(self):
        self.portal = self.start(
            [self.root / "usr/sbin/postern-portal", "--config", self.root / "postern.conf"], "portal.log")
        eventually(self.socket.exists, "the portal's socket")

    def start_posternd(self):
        child = self.start([self.root / "usr/sbin/posternd", "--config", self.root / "postern.conf"], "posternd.err")
        self.posternd = child.pid
        eventually((self.root / "sockets/account").exists, "the account socket")

    def shipped(self, name):
        """A shipped file, told where this site is."""
        text = (self.root / "usr/share/postern" / name).read_text()
        for old, new in [("/run/postern-portal/http", str(self.socket)), *self.places]:
            text = text.replace(old, new)
        path = self.root / pathlib.Path(name).name
        path.write_text(text)
        return path

    def start_nginx(self, more=""):
        self.places = [
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("listen [::]:443", "# listen"),
            ("/etc/letsencrypt/live/mail-access.example.org/fullchain.pem", f"{self.root}/cert.pem"),
            ("/etc/letsencrypt/live/mail-access.example.org/privkey.pem", f"{self.root}/key.pem"),
            ("mail-access.example.org", HOST),
        ]
        home = self.root / "nginx"
        (home / "tmp").mkdir(parents=True)
        shipped = self.shipped("nginx/postern-portal.conf")
        (home / "nginx.conf").write_text(NGINX.format(shipped=shipped, more=more))
        self.front = self.start(["nginx", "-p", f"{home}/", "-c", "nginx.conf", "-e", "error.log"], "nginx.log")

    def start_caddy(self):
        self.places = [("mail-access.example.org", f"{self.origin}")]
        home = self.root / "caddy"
        home.mkdir()
        shipped = self.shipped("caddy/postern-portal.caddy").read_text()
        opening = shipped.index("{", shipped.index(self.origin)) + 1
        text = (
            "{\n admin off\n auto_https off\n servers {\n  protocols h1 h2\n }\n}\n" + shipped[:opening]
            + f"\n bind 127.0.0.1\n tls {self.root}/cert.pem {self.root}/key.pem\n" + shipped[opening:])
        (home / "Caddyfile").write_text(text)
        places = {name: str(home) for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"]}
        self.front = self.start(
            ["caddy", "run", "--config", home / "Caddyfile", "--adapter", "caddyfile"], "caddy.log",
            {**os.environ, **places})

    def start(self, command, log, environment=None):
        with open(self.root / log, "a") as output:
            child = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=self.root)
        self.children.append(child)
        return child

    def connects(self, port):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True

    def stop(self):
        for child in reversed(self.children):
            child.terminate()
            child.wait(20)
        for process in [getattr(self, "dovecot", None), getattr(self, "posternd", None)]:
            if process:
                try:
                    os.kill(process, signal.SIGTERM)
                except ProcessLookupError:
                    pass
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # What the operator does and sees.

    def postern(self, *arguments, input=None):
        done = subprocess.run(
            [self.root / "usr/bin/postern", "--config", self.root / "postern.conf", *arguments], input=input, text=True,
            capture_output=True)
        if done.returncode:
            raise AssertionError(f"postern {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def log(self):
        return (self.root / "log/auth.log").read_text() if (self.root / "log/auth.log").exists() else ""

    def changes(self):
        return [change["action"] for change in json.loads(self.postern("report", "changes", "--json"))]

    # What people do besides the page.

    def code(self, seed):
        """A new code. Used ones are forgotten, so that nobody waits for the next step."""
        subprocess.run(["sqlite3", self.root / "var/postern.db", "DELETE FROM used_step"], check=True)
        return subprocess.run(
            ["oathtool", "--totp", "-b", seed], check=True, capture_output=True, text=True).stdout.strip()

    def imap(self, secret, user=alice):
        """Signs in to the real Dovecot; whether it let us in."""
        with socket.create_connection(("127.0.0.1", self.imap_port), 30) as connection:
            stream = connection.makefile("rwb")
            stream.readline()
            stream.write(f'1 LOGIN {user} "{secret}"\r\n'.encode())
            stream.flush()
            while line := stream.readline():
                if line.startswith(b"1 "):
                    return line.startswith(b"1 OK")
        raise AssertionError("Dovecot hung up")
