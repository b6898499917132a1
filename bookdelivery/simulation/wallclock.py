"""Finds code under simulation that reads the wall clock, which tells it nothing about virtual time.

Such code goes wrong in silence: a retry library that measures its patience with `time.monotonic()` never
loses it when a simulated hour takes a millisecond. So `watch_wall_clock()` stands between the code and the
clock while a simulation runs.

How it works: it puts watching stand-ins into the modules `time` and `datetime`, and in place of the originals
that loaded modules hold by name (`from time import monotonic`). A stand-in answers as the original does, and
notes the call if it comes from within a simulation, that is from below `simpy.Environment.step()` or the
conductor of the loops, and not from the standard library, SimPy, NumPy, pandas or `bookdelivery.simulation`, which
know what they are doing.

What it cannot see: an original that was kept elsewhere before the watch began, as a default argument, an
attribute of a class or an object, or in a closure; `datetime.now` kept as a bound method; clocks read by
compiled code (`numpy.datetime64("now")`, `pandas.Timestamp.now()`, a database's `now()`); clocks of other
processes. While it watches, `type(moment) is datetime.datetime` is false (`isinstance` is right).
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from types import FrameType
from typing import Any

import attrs
import simpy

from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.simulation._conducting import conduct

_CLOCKS = (
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
    "thread_time_ns",
    "clock_gettime",
    "clock_gettime_ns",
    "sleep",
)
_CLOCKS_UNLESS_GIVEN_A_TIME = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
"""Functions that read the clock when they get no more than so many arguments."""

_KNOW_WHAT_THEY_DO = sys.stdlib_module_names | {"simpy", "numpy", "pandas", "bookdelivery.simulation"}


@attrs.frozen
class WallClockRead:
    """A place in the code under simulation that read the wall clock.

    Attributes:
        call: what was called, such as "time.monotonic()".
        file: the file of the caller.
        line: the line in it.
        function: the caller's qualified name.
        times: how often it did.
    """

    call: str
    file: str
    line: int
    function: str
    times: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} in {self.function}: {self.call}, {self.times} time(s)"


class WallClockWasRead(BookdeliveryError, RuntimeError):
    """Code under simulation read the wall clock, and the watch was strict.

    Attributes:
        reads: where, in the order of the first time.
    """

    def __init__(self, reads: Sequence[WallClockRead]) -> None:
        places = "".join(f"\n  {read}" for read in reads)
        super().__init__(
            f"code under simulation read the wall clock; let it use the running loop's time() instead:{places}"
        )
        self.reads = tuple(reads)


class WallClockReport:
    """What a watch has seen so far."""

    def __init__(self, ignoring: Iterable[str]) -> None:
        self._ignored = _KNOW_WHAT_THEY_DO.union(ignoring)
        self._counts: dict[tuple[str, str, int, str], int] = {}
        self._watching = True

    @property
    def reads(self) -> tuple[WallClockRead, ...]:
        """The places that read the wall clock, in the order of the first time."""
        return tuple(WallClockRead(*place, times) for place, times in self._counts.items())

    def _note(self, call: str, caller: FrameType) -> None:
        while caller.f_globals is globals() and caller.f_locals.get("call") == call and caller.f_back:
            # A stand-in of a watch within this one, which passes the call on.
            caller = caller.f_back
        module = caller.f_globals.get("__name__", "")
        if self._watching and _is_in_simulation(caller) and not _belongs_to(module, self._ignored):
            code = caller.f_code
            place = (call, code.co_filename, caller.f_lineno, code.co_qualname)
            self._counts[place] = self._counts.get(place, 0) + 1

    def _ends(self) -> None:
        """A stand-in that somebody has kept goes on answering, and notes nothing any more."""
        self._watching = False


@contextmanager
def watch_wall_clock(*packages: str, strict: bool = False, ignoring: Iterable[str] = ()) -> Iterator[WallClockReport]:
    """Note where code under simulation reads the wall clock while the `with` block runs.

    The code gets the time all the same: to be watched changes nothing about a run. Watches may be nested.

    Args:
        packages: the packages in which to look for clocks held by name; by default all that are loaded.
        strict: raise an error at the end of the block if there was any read.
        ignoring: packages or modules whose reads are nobody's concern.

    Raises:
        WallClockWasRead: at the end of the block, if `strict`. If the block itself raises, its exception goes
            on, with the reads as a note.
    """
    report = WallClockReport(ignoring)
    stand_ins = [
        *(_watching_function(report, name, getattr(time, name), None) for name in _CLOCKS if hasattr(time, name)),
        *(
            _watching_function(report, name, getattr(time, name), arguments)
            for name, arguments in _CLOCKS_UNLESS_GIVEN_A_TIME.items()
        ),
        _watching_class(report, dt.datetime, ("now", "utcnow", "today")),
        _watching_class(report, dt.date, ("today",)),
    ]
    _replace(stand_ins, within={"time", "datetime"})
    _replace(stand_ins, within=set(packages), but_not=_KNOW_WHAT_THEY_DO)
    try:
        yield report
    except BaseException as error:
        if strict and report.reads:
            error.add_note(str(WallClockWasRead(report.reads)))
        raise
    finally:
        report._ends()
        # In all modules: any may have been loaded, and taken a stand-in by name, during the watch.
        _replace([(stand_in, original) for original, stand_in in stand_ins])
    if strict and report.reads:
        raise WallClockWasRead(report.reads)


def _watching_function(
    report: WallClockReport, name: str, original: Callable[..., Any], arguments_without_time: int | None
) -> tuple[Any, Any]:
    call = f"time.{name}()"

    def watched(*args: Any, **kwargs: Any) -> Any:
        if arguments_without_time is None or len(args) <= arguments_without_time:
            report._note(call, sys._getframe(1))
        return original(*args, **kwargs)

    watched.__name__ = watched.__qualname__ = name
    return original, watched


def _watching_class(report: WallClockReport, original: Any, clocks: Sequence[str]) -> tuple[Any, Any]:
    """A class that passes for `original` and makes its instances, but notes when it is asked the time."""

    class Passing(type(original)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original)

    def asked(clock: str) -> classmethod[Any, ..., Any]:
        call = f"{original.__name__}.{clock}()"

        def read(_cls: type, *args: Any, **kwargs: Any) -> Any:
            report._note(call, sys._getframe(1))
            return getattr(original, clock)(*args, **kwargs)

        return classmethod(read)

    def make(_cls: type, *args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    body: dict[str, Any] = {clock: asked(clock) for clock in clocks}
    body |= {"__new__": make, "__module__": original.__module__, "__qualname__": original.__qualname__}
    return original, Passing(original.__name__, (original,), body)


def _replace(
    pairs: Sequence[tuple[Any, Any]], within: AbstractSet[str] = frozenset(), but_not: AbstractSet[str] = frozenset()
) -> None:
    """Put, for each pair, the second in place of the first wherever a module holds that by name."""
    replacements = {id(found): replacement for found, replacement in pairs}
    for name, module in list(sys.modules.items()):
        if _belongs_to(name, but_not) or (within and not _belongs_to(name, within)):
            continue
        namespace = getattr(module, "__dict__", {})
        for key, value in list(namespace.items()):
            if id(value) in replacements:
                namespace[key] = replacements[id(value)]


def _belongs_to(module: str, packages: AbstractSet[str]) -> bool:
    """Whether the module is one of the packages, or inside one."""
    while module not in packages:
        module, dot, _ = module.rpartition(".")
        if not dot:
            return False
    return True


_STEPS = (simpy.Environment.step.__code__, conduct.__code__)


def _is_in_simulation(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code in _STEPS:
            return True
        frame = frame.f_back
    return False
