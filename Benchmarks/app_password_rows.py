"""Whether it matters how many app passwords an account has."""

import report
import rig
from installed import Postern


def measure():
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
    program = [rig.root / "usr/libexec/postern-checkpassword-local", "--config", postern.without_daemon()]
    times = rig.turns(credentials, lambda user: rig.fork_to_exit(*credentials[user].read_text().split(), *program)[0])
    report.row("postern-checkpassword-local, 100 app passwords against 1", "µs", times["hundred"], times["one"], ("≤", 1.1))
