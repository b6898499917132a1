"""The processes of a drill: started, killed, paused, asked to end, and started again when they have died."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import psutil

from bookdelivery.kernel.errors import BookdeliveryError

_LOOK_EVERY_S = 0.1
_LAST_WORDS = 15

Answers = Callable[[], Awaitable[bool]]
"""Says whether somebody answers."""


class ProcessFailed(BookdeliveryError, RuntimeError):
    """A process of a drill does not come up; the message ends with the last lines of its log."""


class Process:
    """One process, and all that it starts itself: a service, or a server such as PostgreSQL.

    Args:
        name: what it is called.
        command: what runs it in the foreground.
        log: where its output goes.
        answers: says whether it is at work.
        restart_after_s: how long after its death it is started again, in seconds.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, answers: Answers, restart_after_s: float = 0.2
    ) -> None:
        self.name = name
        self.deaths: Counter[int] = Counter()
        """How often it ended, by the exit status; a signal's is negative."""
        self._command = command
        self._log = log
        self._answers = answers
        self._restart_after_s = restart_after_s
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._is_over = False
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def start(self) -> None:
        """Start it, and again each time it dies."""
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    def signal(self, which: signal.Signals) -> bool:
        """Send a signal to it and all it has started; say whether it was there to get it."""
        pid = self.pid
        if pid is None:
            return False
        for one in [pid, *_started_by(pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, which)
        return True

    def ask_to_end(self) -> bool:
        """Ask its process group to end in order (SIGTERM); say whether it was there to hear of it.

        Whatever left that group is for whoever started it to end, as PostgreSQL does in an order of its own.
        """
        if self.pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)
        return True

    def arm(self) -> bool:
        """Have it read where it is to die; say whether it was there to hear of it."""
        if self.pid is None:
            return False
        os.kill(self.pid, signal.SIGUSR1)
        return True

    def kill(self, restart_after_s: float | None = None) -> bool:
        """End it at once, without a word; say whether it was there.

        Args:
            restart_after_s: how long until it is started again this time, in seconds.
        """
        if self.pid is None:
            return False
        if restart_after_s is not None:
            self.hold()
            asyncio.get_running_loop().call_later(restart_after_s, self.release)
        return self.signal(signal.SIGKILL)

    def hold(self) -> None:
        """Do not start it again until `release`."""
        self._may_run.clear()

    def release(self) -> None:
        """Start it again."""
        self._may_run.set()

    async def ready(self, patience_s: float) -> None:
        """Wait until it answers.

        Raises:
            ProcessFailed: it does not in time.
        """
        give_up_s = asyncio.get_running_loop().time() + patience_s
        while self.pid is None or not await self._answers():
            if asyncio.get_running_loop().time() > give_up_s:
                words = "\n".join(self._log.read_text(errors="replace").splitlines()[-_LAST_WORDS:])
                raise ProcessFailed(f"{self.name} gives no answer for {patience_s:g} s; its last words:\n{words}")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def renew(self, patience_s: float) -> None:
        """Ask it to end in order, wait for that and for another one in its place that answers.

        Raises:
            ProcessFailed: none answers in time.
        """
        ended = self._process
        self.ask_to_end()
        if ended is not None:
            await ended.wait()
        await self.ready(patience_s)

    async def end(self, patience_s: float) -> None:
        """Ask it to end, and kill it if it does not in time; it is not started again."""
        self._is_over = True
        self.signal(signal.SIGCONT)
        if self.ask_to_end() and self._process is not None:
            try:
                async with asyncio.timeout(patience_s):
                    await self._process.wait()
            except TimeoutError:
                self.signal(signal.SIGKILL)
        self._may_run.set()
        if self._keeping is not None:
            await self._keeping

    async def _keep(self) -> None:
        while not self._is_over:
            with self._log.open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                    # What it starts goes with it.
                    start_new_session=True,
                )
            self._process = process
            self.deaths[await process.wait()] += 1
            if not self._is_over:
                await asyncio.sleep(self._restart_after_s)
                await self._may_run.wait()


def _started_by(pid: int) -> list[int]:
    """Give what a process has started, and what that has: PostgreSQL's are in groups and sessions of their own."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
