"""Whether it matters how much there is: app passwords of an account, accounts of a store."""

import random

import report
import rig
from installed import Postern


def measure():
    _app_passwords()
    _accounts()


def _program(postern):
    return [rig.root / "usr/libexec/postern-checkpassword", "--config", postern.without_daemon()]


def _app_passwords():
    postern = Postern("many", rig.UNTHROTTLED)
    credentials = {}
    for user, generated, compact in (("one", 1, 0), ("hundred", 50, 50)):
        name = f"{user}@example.org"
        postern.command("account", "add", name, "--password-stdin", data="a long main password")
        made = [postern.command("app-password", "create", name, "--name", f"Device {number}",
                                *["--compact"] * (number >= generated)).strip() for number in range(generated + compact)]
        credentials[user] = rig.root / user
        credentials[user].write_text(f"{name}\t{made[0]}\n")
    postern.start()
    report.section("An account with 100 app passwords, half of them compact, against one with 1: time to an answer")
    for label, secret in (("right app password", "right"), ("ever new wrong ones", "wrong")):
        times = rig.turns(credentials, lambda user: rig.measure("dovecot", postern.socket, 1, 1, credentials[user], secret)[1])
        report.row(f"posternd, 100 app passwords against 1, {label}", "µs", times["hundred"], times["one"], ("≤", 1.1))
    times = rig.turns(credentials, lambda user: rig.fork_to_exit(*credentials[user].read_text().split(), *_program(postern)))
    report.row("postern-checkpassword, 100 app passwords against 1", "µs", times["hundred"], times["one"], ("≤", 1.1))


def _accounts():
    stores, credentials, active = {}, {}, {}
    for name, count in (("million", 1_000_000), ("thousand", 1_000)):
        stores[name] = Postern(name)
        credentials[name] = stores[name].populate(count)
        active[name] = rig.root / f"{name} active"
        active[name].write_text("".join(random.sample(open(credentials[name]).readlines(), 1_000)))
        stores[name].start()
    report.section("A store of a million accounts against one of a thousand: time for a sign-in")

    def once(name, some, connections, depth):
        took = 1e6 / rig.measure("dovecot", stores[name].socket, connections, depth, some[name])[0]
        rig.settle(stores[name].daemon)
        return took

    for who, some in (("the same number of people sign in", active), ("whoever of them signs in", credentials)):
        for connections, depth in ((8, 64), (1, 1)):
            times = rig.turns(stores, lambda name: once(name, some, connections, depth))
            report.row(f"posternd, a million accounts, {connections} × {depth}, {who}", "µs", times["million"],
                       times["thousand"], ("≤", 1.5))
    times = rig.turns(stores, lambda name: rig.fork_to_exit(
        *open(active[name]).readline().split(), *_program(stores[name])))
    report.row("postern-checkpassword, a million accounts", "µs", times["million"], times["thousand"], ("≤", 1.5))
