"""saslauthd with its own password file, which Postfix can ask instead of Dovecot."""

import subprocess

import rig


def start(credentials, accounts):
    """It, and the credentials of the accounts that it has: each costs a program that is started."""
    home = rig.root / "saslauthd"
    # It gets a copy of /etc.
    home.mkdir(mode=0o700)
    some = home / "credentials"
    lines = open(credentials).read().splitlines()[:accounts]
    some.write_text("\n".join(lines) + "\n")
    # The daemon reads /etc/sasldb2 and no other file, so it gets an /etc of its own.
    subprocess.run(["cp", "-a", "/etc", home / "etc"], check=True)
    database = home / "etc/sasldb2"
    for line in lines:
        user, secret = line.split("\t")
        name, domain = user.split("@")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", domain, name], input=secret, text=True, check=True)
    # Without -d, which would log each step, it runs in the background. It ends with its process namespace.
    in_it = "mount --make-rprivate / && mount --bind $0/etc /etc && saslauthd -a sasldb -n 5 -m $0 && exec sleep infinity"
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", in_it, home]
    return rig.Server(home / "mux", rig.start(*words, until=home / "mux")), some
