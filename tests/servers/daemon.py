"""A server that goes on when the shell that started it ends, and that is found again by its process id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from tests.servers.addresses import DATA, HOST, VARIABLES, port_of

PATIENCE_S = 240.0
"""Seconds a server gets to start; a slow disk may need most of them."""

_TO_STOP_S = 90.0
_LOOK_EVERY_S = 0.2
_LINES_OF_LOG = 20


class ServerFailed(RuntimeError):
    """A server could not be installed, started or stopped; the message says why and what to do."""


class Server(ABC):
    """One server.

    Attributes:
        name: what it is called here.
        packages: the Debian packages that bring its programs.
        stop_with: the signal that asks it to end in good order.
    """

    name: ClassVar[str]
    packages: ClassVar[Sequence[str]]
    stop_with: ClassVar[signal.Signals] = signal.SIGTERM

    @abstractmethod
    def is_installed(self) -> bool:
        """Say whether its programs are on this machine."""

    @abstractmethod
    def prepare(self) -> None:
        """Make what it needs before its first start; a second time changes nothing."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Give the command that runs it in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Say whether a client gets an answer to a request."""

    def finish(self) -> None:  # noqa: B027 (most need nothing)
        """Make what can only be made once it answers; a second time changes nothing."""

    @property
    def ports(self) -> Sequence[int]:
        """The ports it listens on."""
        return (port_of(self.name),)

    @property
    def home(self) -> Path:
        """The directory of its data."""
        return DATA / self.name

    @property
    def user(self) -> str | None:
        """The user it runs as; None for the one who starts it."""
        return None

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment it runs in."""
        return os.environ

    @property
    def log(self) -> Path:
        """What it writes to its standard output and error."""
        return DATA / f"{self.name}.log"

    def launch(self) -> bool:
        """Start it, unless it runs already; does not wait until it answers.

        Returns:
            Whether it had to be started.

        Raises:
            ServerFailed: somebody else has one of its ports.
        """
        if self.runs():
            return False
        for port in self.ports:
            if _is_taken(port):
                raise ServerFailed(
                    f"{self.name}: port {port} is in use by another process; stop that,"
                    f" or choose another port by the environment variable {VARIABLES[self.name]}"
                )
        self.prepare()
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                self.command(),
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=_no_other_groups(self.user),
            )
        self._pid_file.write_text(f"{process.pid} {_started_at(process.pid)}\n")
        return True

    def wait(self) -> None:
        """Wait until it answers, and finish what it needs.

        Raises:
            ServerFailed: it ended, or it does not answer in time.
        """
        give_up = time.monotonic() + PATIENCE_S
        while not self.answers():
            if not self.runs():
                raise ServerFailed(f"{self.name} ended instead of starting; its last words:\n{self._last_words()}")
            if time.monotonic() > give_up:
                raise ServerFailed(f"{self.name} gives no answer for {PATIENCE_S:g} s; its log:\n{self._last_words()}")
            time.sleep(_LOOK_EVERY_S)
        self.finish()

    def stop(self) -> bool:
        """Have it end, by force if it takes too long; returns when it has.

        Returns:
            Whether it was running.

        Raises:
            ServerFailed: it cannot be ended.
        """
        pid = self._pid()
        if pid is None:
            return False
        for how in (self.stop_with, signal.SIGKILL):
            os.kill(pid, how)
            give_up = time.monotonic() + _TO_STOP_S
            while time.monotonic() < give_up:
                if self._pid() is None:
                    self._pid_file.unlink()
                    return True
                time.sleep(_LOOK_EVERY_S)
        raise ServerFailed(f"{self.name} (process {pid}) does not end")

    def in_foreground(self) -> Sequence[str]:
        """Give the command that runs it in the foreground as the user it runs as, for another process to start."""
        if self.user is None:
            return self.command()
        become = ("setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups")
        return [*become, "env", f"--chdir={self.home}", *self.command()]

    def runs(self) -> bool:
        """Say whether the process that was started here is alive."""
        return self._pid() is not None

    @property
    def _pid_file(self) -> Path:
        return DATA / f"{self.name}.pid"

    def _pid(self) -> int | None:
        """Give the process's id, unless it has ended: its number may belong to somebody else by now."""
        try:
            pid, started = self._pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _started_at(int(pid)) == started else None

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LINES_OF_LOG:])


def run(command: Sequence[str], *, user: str | None = None, cwd: Path | None = None) -> None:
    """Run a program to its end.

    Raises:
        ServerFailed: it says that it failed.
    """
    done = subprocess.run(
        command,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        user=user,
        group=user,
        extra_groups=_no_other_groups(user),
    )
    if done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)} failed:\n{done.stdout}")


def succeeds(command: Sequence[str], environment: Mapping[str, str] | None = None) -> bool:
    """Say whether a program ends with success."""
    done = subprocess.run(
        command,
        check=False,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return done.returncode == 0


def _no_other_groups(user: str | None) -> Sequence[int] | None:
    return None if user is None else ()


def _is_taken(port: int) -> bool:
    with socket.socket() as attempt:
        # A connection that ended a moment ago keeps nobody from listening.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return True
    return False


def _started_at(pid: int) -> str | None:
    """Give when a process was started, in clock ticks since the machine was; None for one that has ended."""
    try:
        # The program's name comes first, in brackets, and may itself hold blanks and brackets.
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else fields[18]
