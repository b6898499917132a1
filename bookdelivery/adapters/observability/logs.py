"""Log lines that tell which conversation and trace they belong to, as text for people or as JSON for programs.

Whatever a line is made of, it stays one line: what would begin a new one is escaped, so that nobody outside can write a
line of their own into the log.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from bookdelivery.kernel.conversation import CURRENT

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""What terminals and readers of logs take for the end of a line, or for a command."""

_NUMBERS = re.compile(r"\d+")
_MOST_REMEMBERED = 1000

_KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""The levels whose names do not fit a column of five."""


def escaped(text: str) -> str:
    """Show control characters, line ends above all, as escapes."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else repr(found[0])[1:-1], text)


def ids() -> dict[str, str]:
    """Give the ids of the present conversation and trace, as far as there are any."""
    present = CURRENT.get()
    if present is None:
        return {}
    found = {"correlation_id": present.correlation_id}
    if present.traceparent is not None:
        found["trace_id"] = present.traceparent.split("-")[1]
    return found


class JsonLines(logging.Formatter):
    """A JSON object a line: time (RFC 3339, UTC), level, logger, message, the ids, and what else the line was given.

    Args:
        service: which process it is, for every line.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Write a line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            **ids(),
            **{name: value for name, value in vars(record).items() if name not in _KNOWN},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = "".join(traceback.format_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


class TextLines(logging.Formatter):
    """A line for people: time, level, message, and the ids at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a line; the lines of a stack trace come after it, indented."""
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        level = LEVELS.get(record.levelname, record.levelname)
        given = {name: str(value) for name, value in vars(record).items() if name in ("correlation_id", "trace_id")}
        found = ids() | given
        tail = "".join(f" {name}={value}" for name, value in found.items())
        line = f"{at} {level:5} {escaped(record.getMessage())}{tail}"
        if record.exc_info and record.exc_info[1] is not None:
            trace = "".join(traceback.format_exception(record.exc_info[1])).splitlines()
            line += "".join(f"\n    {escaped(one)}" for one in trace)
        return line


class Repeats(logging.Filter):
    """Leaves out what a client library says again and again while a server is away, and says how often it was said.

    What differs in its numbers only counts as the same.

    Args:
        of: the logger whose lines are meant, with those below it.
        every_s: seconds for which the same is not said again.
        clock: gives seconds that only go forward.
    """

    def __init__(self, of: str, every_s: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(of)
        self._every_s = every_s
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is to be written."""
        if not super().filter(record):
            return True
        now_s, same = self._clock(), _NUMBERS.sub("0", record.getMessage())
        at_s, left_out = self._said.get(same, (-self._every_s, 0))
        if now_s - at_s < self._every_s:
            self._said[same] = (at_s, left_out + 1)
            return False
        if len(self._said) >= _MOST_REMEMBERED:
            self._said.clear()
        self._said[same] = (now_s, 0)
        if left_out:
            record.msg, record.args = "%s (said %d times more since)", (record.getMessage(), left_out)
        return True


def log_to(stream: TextIO, *, service: str, as_json: bool, level: str) -> None:
    """Have this process log to a stream.

    Args:
        stream: where to.
        service: which process it is.
        as_json: for programs instead of people.
        level: the least important level that is logged: debug, info, warning or error.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(service) if as_json else TextLines())
    handler.addFilter(Repeats("bookdelivery.adapters.kafka"))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
