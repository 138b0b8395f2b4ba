"""What processes used of the machine, and whether those that are not ours left it alone."""

import contextlib
import os
import time

# The share of the machine's CPU time that other processes and the hypervisor may take while it counts as quiet.
MOST_FOREIGN = 0.15
# How often a slice that was not quiet is measured again.
MOST_REPEATS = 3
# Seconds that a run waits for a quiet machine, in total.
PATIENCE = 120

_TICKS = os.sysconf("SC_CLK_TCK")
# The largest foreign share since the last call of `_foreign`.
_largest = 0.0
_waited = 0


def _busy():
    """CPU seconds of everything since the start of the machine, stolen ones too."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = [int(word) for word in file.readline().split()[1:9]]
    return (user + nice + system + irq + softirq + steal) / _TICKS


def used(*roots):
    """CPU seconds of these processes and all that they started, those that have ended too."""
    ticks, children = {}, {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(number))
        # Its own time, and that of the children that it has waited for.
        ticks[int(number)] = sum(map(int, fields[11:15]))
    total, open_ends = 0, list(roots)
    while open_ends:
        process = open_ends.pop()
        total += ticks.get(process, 0)
        open_ends += children.get(process, [])
    return total / _TICKS


@contextlib.contextmanager
def watching():
    """What is measured within is what `Rounds` judges."""
    global _largest
    began, busy, ours = time.monotonic(), _busy(), used(os.getpid())
    yield
    foreign = _busy() - busy - (used(os.getpid()) - ours)
    _largest = max(_largest, foreign / (time.monotonic() - began) / os.cpu_count())


def _foreign():
    """The largest share of the CPU that other processes had in what was watched since the last time."""
    global _largest
    share, _largest = _largest, 0.0
    return share


def wait():
    """Until the machine has been quiet for a second, or patience has ended."""
    global _waited
    while _waited < PATIENCE:
        _foreign()
        with watching():
            time.sleep(1)
        if _foreign() <= MOST_FOREIGN:
            return
        _waited += 1
        if _waited in (1, PATIENCE):
            print("  Other processes use the machine: " +
                  ("waiting until they do not." if _waited == 1 else "no longer waiting."), flush=True)


class Rounds(list):
    """One value a round, of which `noisy` were taken while the machine was not quiet."""

    noisy = 0

    def take(self, once):
        """Measures a slice, again where it was not quiet."""
        for _ in range(1 + MOST_REPEATS):
            _foreign()
            value = once()
            share = _foreign()
            if share <= MOST_FOREIGN:
                break
            print(f"  slice not quiet: other processes used {share:.0%} of the CPU", flush=True)
        else:
            self.noisy += 1
        self.append(value)

    def each(self, change):
        """The same rounds in another unit, or one of several values."""
        changed = Rounds(map(change, self))
        changed.noisy = self.noisy
        return changed
