"""A PostgreSQL server of its own, with the settings of a machine that does nothing else."""

import os
import pwd
import subprocess
from pathlib import Path

import rig

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def start(name):
    """The directory of its socket, on which everybody is trusted."""
    home = rig.root / name
    home.mkdir()
    owner = pwd.getpwnam("postgres")
    os.chown(home, owner.pw_uid, owner.pw_gid)
    as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    rig.run(*as_owner, PROGRAMS / "initdb", "-D", home / "data", "-U", "postgres", "-E", "UTF8", "--locale=C", "-k",
            "-A", "trust", "--no-sync")
    rig.start(*as_owner, PROGRAMS / "postgres", "-D", home / "data", "-k", home, "-c", "listen_addresses=",
              "-c", "shared_buffers=2GB", "-c", "max_wal_size=4GB", "-c", "max_connections=400",
              until=home / ".s.PGSQL.5432")
    while subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", home]).returncode:
        pass
    return home


def run(home, sql):
    return rig.run(PROGRAMS / "psql", "-h", home, "-U", "postgres", "-qAtc", sql)
