"""The command `drill`, as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest


def processes_about(directory: str) -> list[str]:
    """Give the command lines of running processes that name a directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It has ended meanwhile.
            continue
        if directory in line:
            found.append(line)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes where Linux lists them")
def test_a_drill_that_is_asked_to_end_ends_its_processes_first() -> None:
    command = [sys.executable, "-m", "bookdelivery", "drill", "store-down"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as drill:
        assert drill.stderr is not None
        said = next(line for line in drill.stderr if "the services run" in line)
        directory = said.split(" in ")[-1].strip()
        assert processes_about(directory)
        drill.send_signal(signal.SIGTERM)
        assert "asked to end" in drill.stderr.read()
        assert drill.wait() == 128 + signal.SIGTERM
    assert processes_about(directory) == []
