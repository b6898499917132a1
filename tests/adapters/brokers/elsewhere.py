"""Members of consumer groups in other processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.addresses import ROOT


class Member:
    """A member in a process of its own."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.adapters.brokers.member_process", url, "stock"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def does(self, what: str) -> str:
        """Tell it to do something, and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return (await asyncio.to_thread(self.process.stdout.readline)).strip()


@contextmanager
def member_elsewhere(url: str) -> Iterator[Member]:
    """Begin a member in another process, which does not outlive the test."""
    member = Member(url)
    with member.process:
        try:
            yield member
        finally:
            member.process.kill()
