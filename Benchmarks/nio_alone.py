"""What NIO and the kernel alone can do: the limit for posternd, with as many event loops."""

from pathlib import Path

import rig


def event_loops(daemon):
    # NIO names its threads.
    names = [path.read_text() for path in Path(f"/proc/{daemon.pid}/task").glob("*/comm")]
    return sum(name.startswith("NIO-ELT") for name in names)


def start(daemon):
    """daemon: the posternd whose event loops it is to have as many of."""
    socket = rig.root / "nio-alone"
    program = rig.PROJECT / ".build/release/nio-alone"
    return rig.Server(socket, rig.start(program, socket, event_loops(daemon), until=socket))
