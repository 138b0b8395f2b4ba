"""Postern as installed, with a store of its own."""

import grp
import os

import rig

# Bytes of one cached grant (`KnownGrants` in Sources/Daemon).
GRANT = 120


class Postern:
    """A store and what uses it."""

    def __init__(self, name, settings="", build=None, database=None, key=None):
        """build: the folder of programs of another build; by default those that are installed.
        database, key: of another store; by default its own."""
        self.admin = build / "postern" if build else rig.root / "usr/bin/postern"
        self.program = build / "posternd" if build else rig.root / "usr/sbin/posternd"
        self.home = rig.root / name
        self.home.mkdir()
        self.home.chmod(0o755)
        # A socket belongs to the group of its directory.
        sockets = self.home / "sockets"
        sockets.mkdir()
        os.chown(sockets, -1, grp.getgrnam("postern").gr_gid)
        self.socket = sockets / "dovecot"
        self.database, self.key = database or self.home / "var/postern.db", key or self.home / "etc/key"
        self.configuration = self._configuration("postern.conf", self.socket, settings)
        self.command("init")
        self.daemon = None

    def _configuration(self, name, socket, settings=""):
        path = self.home / name
        path.write_text(f"database = {self.database}\nkey_file = {self.key}\nlog_target = {self.home}/auth.log\n"
                        f"auth_socket =\ndovecot_socket = {socket}\npolicy_socket =\nmail_uid = 5000\nmail_gid = 5000\n"
                        + settings)
        return path

    def without_daemon(self):
        """The same store for postern-checkpassword that decides in its own process."""
        return self._configuration("alone.conf", socket="")

    def command(self, *words, data=None):
        return rig.run(self.admin, "--config", self.configuration, *words, data=data)

    def populate(self, count, main_hash=None):
        """Accounts with an app password each.

        main_hash: of the main password of all of them; none by default."""
        path = self.home / "credentials"
        words = [rig.HERE / "populate", self.database, self.key, count] + ([main_hash] if main_hash else [])
        path.write_text(rig.run(*words))
        return path

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.daemon = rig.start(self.program, "--config", self.configuration, until=self.socket)
        return self.daemon

    def caches(self, accounts):
        """Of what else the daemon's memory is, which cannot be told apart from outside."""
        size = self.database.stat().st_size / 2**20
        return (f"in it, for each event loop: page cache of up to {min(size, 16):.1f} MiB, "
                f"known grants of some {accounts * GRANT / 2**20:.1f} MiB")
