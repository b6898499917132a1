"""Several processes on this computer, each serving one context: started together, and again when one dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

import attrs

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""The pause before a process that died is started again; it doubles each time, and there is no last time: whatever a
process waits for may be back tomorrow, and the others go on meanwhile."""

STEADY_S = 60.0
"""Seconds after which a process has run long enough for its next end to count as its first, unless it `FAILED`: most
of the time of one that gave up waiting for its database or broker was that wait."""

FAILED = 1
"""The exit status of a process to which something that it needs cannot be reached or used."""


SUPERVISED = "BOOKDELIVERY_SUPERVISED"
"""The environment variable by which a process knows that it is to end when its standard input does."""


@attrs.define(eq=False)
class Supervisor:
    """Keeps processes running until it is asked to end. Should it be killed, they end by themselves.

    Args:
        commands: what to run, by the name that its lines are marked with.
        say: is told each line of theirs, with the name before it.
        note: is told what happens to them, likewise.
        patience_s: seconds given to a process that was asked to end; then it is killed.
    """

    commands: Mapping[str, Sequence[str]]
    say: Callable[[str, str], None]
    note: Callable[[str, str], None]
    patience_s: float = 30.0
    running: dict[str, asyncio.subprocess.Process] = attrs.field(factory=dict, init=False)
    _ending: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Run them all until SIGTERM or SIGINT, then ask each to end and wait for that."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._ending.set)
        try:
            async with asyncio.TaskGroup() as at_work:
                for name in self.commands:
                    at_work.create_task(self._keep(name), name=name)
        finally:
            for one in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(one)

    async def _keep(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while not self._ending.is_set():
            began = loop.time()
            process = await asyncio.create_subprocess_exec(
                *self.commands[name],
                # Nothing is ever written there: that it ends tells them that this process is gone.
                stdin=asyncio.subprocess.PIPE,
                env={**os.environ, SUPERVISED: "1"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                # Of a Ctrl+C at the terminal it hears from here, in order.
                start_new_session=True,
            )
            self.running[name] = process
            ended = asyncio.create_task(self._listen(name, process))
            ending = asyncio.create_task(self._ending.wait())
            await asyncio.wait((ended, ending), return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            if self._ending.is_set():
                await self._end(process)
                await ended
                return
            status = await ended
            if status != FAILED and loop.time() - began > STEADY_S:
                pause_s = FIRST_PAUSE_S
            self.note(name, f"ended with status {status}; starting it again in {pause_s:.1f} s")
            try:
                async with asyncio.timeout(pause_s):
                    await self._ending.wait()
            except TimeoutError:
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _listen(self, name: str, process: asyncio.subprocess.Process) -> int:
        assert process.stdout is not None
        async for line in process.stdout:
            self.say(name, line.decode(errors="replace").rstrip())
        return await process.wait()

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(self.patience_s):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def this_program(*arguments: str) -> list[str]:
    """Give the command that runs this program's command line in another process."""
    return [sys.executable, "-m", "bookdelivery", *arguments]
