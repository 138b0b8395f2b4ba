"""A machine of its own for a guide: file systems that forget, a network with nobody on it, and the services that a guide
starts. Everything ends with the process."""

import os
import pathlib
import re
import subprocess
import sys
import time

repository = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(repository / "Tests/Servers"))
import mail_client  # noqa: E402

imap_port = 143


def run(*words, text="", check=True, **more):
    """Runs a program and gives back what it printed."""
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=100, **more)
    if check and done.returncode:
        sys.exit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def sh(text, check=True):
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, check=False, timeout=100, cwd="/root")
    print("".join(f"   {line}\n" for line in (done.stdout + done.stderr).splitlines()), end="")
    if check and done.returncode:
        sys.exit(f"step failed ({done.returncode}):\n{text}")
    return done


def move_in():
    """Starts over in namespaces of its own, with Postern installed and Dovecot as Debian leaves it."""
    if os.environ.get("POSTERN_HOUSE") != "inside":
        os.environ["POSTERN_HOUSE"] = "inside"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
                              "/usr/bin/python3", *sys.argv])
    run("mount", "--make-rprivate", "/")
    run("ip", "link", "set", "lo", "up")
    run("mount", "-t", "tmpfs", "house", "/mnt")
    for place in "etc", "usr/local", "var", "root", "srv":
        upper, work = pathlib.Path("/mnt", place, "upper"), pathlib.Path("/mnt", place, "work")
        upper.mkdir(parents=True)
        work.mkdir()
        run("mount", "-t", "overlay", "house", "-o", f"lowerdir=/{place},upperdir={upper},workdir={work}", f"/{place}")
    run("mount", "-t", "tmpfs", "house", "/run")
    run("make", "--silent", "-C", str(repository), "install", "PREFIX=/usr/local", "DESTDIR=")
    run("useradd", "--system", "--uid", "5000", "--home-dir", "/srv/mail", "--create-home", "vmail")
    for name in "sudo", "systemctl", "docker":
        stand_in = pathlib.Path("/usr/local/bin", name)
        stand_in.write_text((repository / "Tests/Guides/stand-ins" / name).read_text())
        stand_in.chmod(0o755)
    # Tests say where a client comes from, in clear text, and do not wait for answers.
    pathlib.Path("/etc/dovecot/conf.d/10-ssl.conf").write_text("")
    pathlib.Path("/etc/dovecot/conf.d/99-test.conf").write_text(
        "login_trusted_networks = 127.0.0.0/8\nlisten = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\n"
        "auth_failure_delay = 0\nauth_cache_size = 0\nlog_path = /var/log/dovecot.log\nmail_location = maildir:~/mail\n")


def follow(guide, checks):
    """Runs the steps of a guide, its code blocks marked sh, and after each section what checks it.

    checks: heading of a section -> function"""
    text = (repository / "docs" / guide).read_text()
    sections = re.split(r"^## ", text, flags=re.M)[1:]
    missing = set(checks) - {section.split("\n", 1)[0] for section in sections}
    if missing:
        sys.exit(f"{guide} has no section {missing}")
    for section in sections:
        heading, body = section.split("\n", 1)
        print(f"== {heading}")
        for block in re.findall(r"^```sh\n(.*?)^```$", body, flags=re.M | re.S):
            print("".join(f" $ {line}\n" for line in block.splitlines()), end="")
            sh(block)
        if heading in checks:
            checks[heading]()


def expect(what, found, wanted):
    if found != wanted:
        log = pathlib.Path("/var/log/postern/auth.log")
        print(log.read_text()[-3000:] if log.exists() else "")
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")
    print(f"   ok: {what}: {found}")


def eventually(condition, seconds=10):
    for _ in range(seconds * 5):
        if condition():
            return
        time.sleep(0.2)
    sys.exit("it did not happen")


def sign_in(user, password, wanted, address="192.0.2.7", why=None):
    """Over IMAP; why is how Postern's line begins."""
    log = pathlib.Path("/var/log/postern/auth.log")
    before = log.read_text() if log.exists() else ""
    expect(f"{user} with {password!r} from {address}", mail_client.imap(imap_port, address, user, password), wanted)
    if why:
        message = re.sub(r".*postern\([^()]*\): ", "", log.read_text()[len(before):].strip().split("\n")[-1])
        if not message.startswith(why):
            sys.exit(f"logged {message!r} instead of {why!r}")


def dovecot(scheme, password):
    return run("doveadm", "pw", "-s", scheme, "-u", "user@example.org", "-p", password)


def passlib(program, password):
    return run("/usr/bin/python3", "-W", "ignore", "-c", f"import sys; p = sys.argv[1]; {program}", password)


def php(program, password):
    return run("php", "-r", f"echo {program};", "--", password)


class MariaDB:
    """A server of its own, found by its client programs where Debian's is."""

    def __init__(self, database):
        self.database = database
        os.makedirs("/run/mysqld", exist_ok=True)
        # Guides share /tmp, and a server that starts removes temporary tables there, whosever they are.
        places = ["--no-defaults", "--datadir=/srv/mysql", "--tmpdir=/srv/mysql-tmp"]
        os.makedirs("/srv/mysql")
        os.makedirs("/srv/mysql-tmp")
        run("mariadb-install-db", *places, "--auth-root-authentication-method=normal", "--skip-test-db")
        self.process = subprocess.Popen(
            ["mariadbd", *places, "--user=root", "--socket=/run/mysqld/mysqld.sock", "--skip-networking",
             "--character-set-server=utf8mb4", "--lower-case-table-names=0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        eventually(lambda: run("mariadb", "-e", "SELECT 1", check=False), seconds=60)
        run("mariadb", "-e", f"CREATE DATABASE {database} CHARACTER SET utf8mb4")

    def sql(self, text):
        return run("mariadb", "-N", "-B", "--default-character-set=utf8mb4", self.database, text=text)

    def insert(self, table, **row):
        self.sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(map(literal, row.values()))})")


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n").replace("\0", "\\0") + "'"


def hostile_names():
    """Those of the vectors that are text at all."""
    lines = (repository / "Tests/Vectors/injection.txt").read_text().splitlines()[1:]
    bytes = [line.encode("latin-1", "backslashreplace").decode("unicode_escape") for line in lines]
    return [name for name in bytes if not set(name) & set("\xff\xfe\xc0\xaf")]


def base32_code(seed):
    return run("oathtool", "--totp", "-b", seed)
