"""Names processes of this computer, and tells whether one of them has ended."""

from __future__ import annotations

import os
from pathlib import Path

_UNKNOWN = "?"


def this_process() -> str:
    """Name this process: its number, when it was started, and the boot and the namespace in which the number counts."""
    pid = os.getpid()
    started = _started(pid) or _UNKNOWN
    return f"{pid} {started} {_boot()} {_namespace()}"


def is_gone(process: str) -> bool:
    """Say whether a process named so has certainly ended; False also stands for "that cannot be told here".

    Linux tells by /proc (proc(5)). Elsewhere, and for a process of another container, only its silence shows it.
    """
    pid, started, boot, namespace = process.split(" ")
    if _UNKNOWN in (started, boot, namespace):
        return False
    if boot != _boot():
        return True
    return namespace == _namespace() and started != _started(int(pid))


def _started(pid: int) -> str | None:
    """When a process was started, in clock ticks since boot; None if it is not running (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field, in brackets, is the program's name and may hold anything.
    fields = stat.rpartition(")")[2].split()
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return _UNKNOWN


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return _UNKNOWN
