"""Dovecot's auth process of this machine with one passdb, and nothing else of Dovecot."""

import rig


def start(name, passdb, extra="", most_clients=4096):
    home = rig.root / name
    home.mkdir()
    configuration = rig.root / f"{name}.dovecot"
    configuration.write_text(f"""
base_dir = {home}
state_dir = {home}
log_path = {rig.root}/log/{name}.dovecot
protocols =
ssl = no
disable_plaintext_auth = no
auth_cache_size = 0
auth_failure_delay = 0
passdb {{
  {passdb}
}}
userdb {{
  driver = prefetch
}}
service auth {{
  extra_groups = postern
  client_limit = {most_clients}
}}
service auth-worker {{
  user = $default_internal_user
  extra_groups = postern
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{extra}
""")
    socket = home / "auth-client"
    return rig.Server(socket, rig.start("dovecot", "-F", "-c", configuration, until=socket))


def passwd_file(name, credentials, password=None, **more):
    """Passwords in clear, for there is no slow hash in an app password; or one hash for all."""
    path = rig.root / f"{name}.passwd"
    with open(credentials) as pairs, open(path, "w") as file:
        for line in pairs:
            user, secret = line.rstrip("\n").split("\t")
            file.write(f"{user}:{password or '{PLAIN}' + secret}:5000:5000::/var/vmail/{user}::\n")
    return start(name, f"driver = passwd-file\n  args = username_format=%u {path}", **more)


def sqlite(name, credentials):
    import sqlite3

    path = rig.root / f"{name}.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL) WITHOUT ROWID")
    with database, open(credentials) as pairs:
        database.executemany("INSERT INTO users VALUES (?, ?)",
                             (line.rstrip("\n").split("\t") for line in pairs))
    database.close()
    path.chmod(0o644)
    query = rig.root / f"{name}.sql"
    query.write_text(f"""driver = sqlite
connect = {path}
default_pass_scheme = PLAIN
password_query = SELECT name AS user, password, 5000 AS userdb_uid, 5000 AS userdb_gid, '/var/vmail/%u' AS userdb_home \\
  FROM users WHERE name = '%u'
""")
    return start(name, f"driver = sql\n  args = {query}")


def pgsql(name, server):
    """The table users of a PostgreSQL server, whose socket is in a directory."""
    query = rig.root / f"{name}.sql"
    query.write_text(f"""driver = pgsql
connect = host={server} dbname=postgres user=postgres
default_pass_scheme = PLAIN
password_query = SELECT name AS user, password, 5000 AS userdb_uid, 5000 AS userdb_gid, '/var/vmail/%u' AS userdb_home \\
  FROM users WHERE name = '%u'
""")
    return start(name, f"driver = sql\n  args = {query}")


def lua(name, postern):
    """The shipped script in workers, asking posternd."""
    shipped = (rig.root / "usr/share/postern/dovecot-conf/postern.lua").read_text()
    script = rig.root / f"{name}.lua"
    script.write_text(shipped.replace("/run/postern/dovecot", str(postern.socket)))
    return start(name, f"driver = lua\n  args = file={script} blocking=yes")


def checkpassword(name, *words):
    return start(name, "driver = checkpassword\n  args = " + " ".join(map(str, words)))
