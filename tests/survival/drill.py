"""Rounds of real processes on one file, each of which is killed, by its parent's clock or at a point of its own."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs
import orjson

from tests.survival.child import Task
from tests.survival.crash_points import Crash
from tests.survival.stories import Story
from tests.survival.witness import Witness

BY_THE_CLOCK = "at a random moment"
IDS_A_PROCESS = 1 << 20
GIVE_UP_S = 90.0
"""Seconds after which a process that should have died by itself, or opened the file, is given up."""


class Process:
    """A bookstore in a process of its own.

    Args:
        task: what it is told.
        witness: hears what it tells.
    """

    def __init__(self, task: Task, witness: Witness) -> None:
        self.task = task
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.survival.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=Path(__file__).parents[2],
        )
        self._began, self._at_work = threading.Event(), threading.Event()
        self._listener = threading.Thread(target=self._listen, args=(witness,), daemon=True)
        self._listener.start()
        assert self._process.stdin is not None
        self._process.stdin.write(task.to_json())
        self._process.stdin.close()

    def _listen(self, witness: Witness) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = orjson.loads(line)
            witness.hear(told)
            if told["what"] == "opening":
                self._began.set()
            elif told["what"] == "answers":
                self._at_work.set()
        # An early death must not keep anybody waiting.
        self._began.set()
        self._at_work.set()

    def has_begun(self, *, at_work: bool) -> None:
        """Wait until it is about to open the file, or until it has given its first answer."""
        (self._at_work if at_work else self._began).wait(GIVE_UP_S)

    def kill(self) -> None:
        """Send it SIGKILL and wait for its end."""
        self._process.kill()
        self._end()
        self._expect(-signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to close everything, and wait for that."""
        self._process.terminate()
        self._process.wait(GIVE_UP_S)
        self._end()
        self._expect(0)

    def kills_itself(self) -> bool:
        """Wait until it dies at its crash point; if it does not come there, kill it."""
        try:
            self._process.wait(GIVE_UP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._end()
        self._expect(-signal.SIGKILL)
        return True

    def abandon(self) -> None:
        """Kill it if it is still there, whatever became of the test."""
        if self._process.poll() is None:
            self._process.kill()
            self._end()

    def _end(self) -> None:
        self._process.wait()
        self._listener.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _expect(self, code: int) -> None:
        with self._errors:
            self._errors.seek(0)
            errors = self._errors.read().decode()[-3000:]
        if self._process.returncode != code:
            raise AssertionError(f"{self.task.name} ended with {self._process.returncode}, not {code}:\n{errors}")


@attrs.define(kw_only=True)
class Drill:
    """A file, all that was done to it, and by how many processes that died of it.

    Attributes:
        file: where the bookstore is.
        seed: of all that is random here; when the computer runs what is not.
        specimen: the design under test.
        witness: knows what was asked and answered.
        ahead_s: seconds by which the processes' clocks are ahead at present.
        kills: how many were killed, by where.
        missed: crash points that a process did not come to in time; it was killed all the same.
        customers: in each process.
        broker_url: where the topic is, if not in the file.
    """

    file: Path
    seed: int
    specimen: str = "as it is"
    witness: Witness = attrs.field(factory=Witness)
    ahead_s: float = 0.0
    kills: Counter[str] = attrs.field(factory=Counter)
    missed: list[Crash] = attrs.field(factory=list)
    customers: int = 6
    broker_url: str | None = None
    _processes: list[Process] = attrs.field(factory=list)
    _rng: random.Random = attrs.field(
        init=False, default=attrs.Factory(lambda self: random.Random(self.seed), takes_self=True)
    )

    def kill_at(self, crash: Crash) -> None:
        """One round: a process kills itself where it is told to."""
        process = self.start(self.witness.unfinished(), crash)
        if process.kills_itself():
            self.kills[str(crash.point)] += 1
        else:
            self.missed.append(crash)
            self.kills[BY_THE_CLOCK] += 1

    def kill_after(self, seconds: float, *, at_work: bool) -> None:
        """One round: a process is killed so many seconds after it began to open the file, or gave its first answer."""
        process = self.start(self.witness.unfinished())
        process.has_begun(at_work=at_work)
        time.sleep(seconds)
        process.kill()
        self.kills[BY_THE_CLOCK] += 1

    def kill_one_of_two(self, first_s: float, second_s: float, crash: Crash | None = None) -> None:
        """One round: of two processes on the file one is killed, and the other one goes on for a while.

        Whoever chose an order id asks both.

        Args:
            first_s: seconds from its first answer until the first one is killed, unless it is to kill itself.
            second_s: seconds until the other one ends after that, killed as well or asked to close.
            crash: where the first one is to kill itself.
        """
        stories = self.witness.unfinished()
        chosen = [story for story in stories if story.chosen_id is not None]
        given = [story for story in stories if story.chosen_id is None]
        first = self.start(chosen + given[::2], crash)
        other = self.start(chosen + given[1::2])
        if crash is None:
            first.has_begun(at_work=True)
            time.sleep(first_s)
            first.kill()
            self.kills[BY_THE_CLOCK] += 1
        elif first.kills_itself():
            self.kills[str(crash.point)] += 1
        else:
            self.missed.append(crash)
            self.kills[BY_THE_CLOCK] += 1
        other.has_begun(at_work=True)
        time.sleep(second_s)
        if self._rng.random() < 0.7:
            other.kill()
            self.kills[BY_THE_CLOCK] += 1
        else:
            other.stop()

    def let_time_pass(self) -> None:
        """Move the clocks on: not at all, over the payments' next attempts, or over the orders' time to pay as well."""
        self.ahead_s += self._rng.choice((0.0, 0.0, 10.0, 4000.0))

    def start(self, stories: Sequence[Story] = (), crash: Crash | None = None) -> Process:
        """Start a process, to go on with these stories and begin new ones."""
        number = len(self._processes) + 1
        task = Task(
            file=str(self.file),
            name=f"p{number}",
            seed=self._rng.getrandbits(32),
            ahead_s=self.ahead_s,
            customers=self.customers,
            first_id=(1 << 40) + number * IDS_A_PROCESS,
            # In every other process the log is copied back all the time, so that kills fall into that as well.
            checkpoint_pages=8 if number % 2 else 4096,
            crash=crash,
            specimen=self.specimen,
            stories=tuple(stories),
            broker_url=self.broker_url,
        )
        self._processes.append(Process(task, self.witness))
        return self._processes[-1]

    def end(self) -> None:
        """See that no process is left behind."""
        for process in self._processes:
            process.abandon()
