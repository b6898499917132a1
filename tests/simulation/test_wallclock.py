"""Reads of the wall clock by code under simulation are found, and nothing is left behind by looking."""

import asyncio
import datetime as dt
import logging
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from time import monotonic
from types import ModuleType
from typing import Any

import pytest
import simpy

from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.wallclock import WallClockWasRead, watch_wall_clock


def simulate(read: Callable[[], Any]) -> Any:
    """Call it from a coroutine in virtual time, and return what it gave."""

    async def program() -> Any:
        await asyncio.sleep(3600)
        return read()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(program())


@pytest.mark.parametrize(
    "name", ["time", "time_ns", "monotonic", "perf_counter", "perf_counter_ns", "process_time", "localtime", "ctime"]
)
def test_read_of_the_clock_is_reported(name: str) -> None:
    def read() -> Any:
        return getattr(time, name)()

    with watch_wall_clock() as report:
        simulate(read)

    assert [each.call for each in report.reads] == [f"time.{name}()"]


def test_sleeping_for_real_is_reported() -> None:
    with watch_wall_clock() as report:
        simulate(lambda: time.sleep(0))

    assert [each.call for each in report.reads] == ["time.sleep()"]


def test_asking_datetime_for_the_time_is_reported() -> None:
    def ask() -> None:
        dt.datetime.now(dt.UTC)
        dt.datetime.today()  # noqa: DTZ002
        dt.date.today()  # noqa: DTZ011

    with watch_wall_clock() as report:
        simulate(ask)

    assert [each.call for each in report.reads] == ["datetime.now()", "datetime.today()", "date.today()"]


def test_report_names_the_place_and_counts_the_reads() -> None:
    def impatient() -> None:
        for _ in range(3):
            time.monotonic()

    with watch_wall_clock() as report:
        simulate(impatient)

    (read,) = report.reads
    first_line = impatient.__code__.co_firstlineno
    assert (read.file, read.line, read.times) == (__file__, first_line + 2, 3)
    assert str(read) == f"{__file__}:{first_line + 2} in {impatient.__qualname__}: time.monotonic(), 3 time(s)"


def test_names_imported_from_the_modules_are_watched_too() -> None:
    with watch_wall_clock() as report:
        simulate(lambda: (monotonic(), datetime.now(dt.UTC), date.today()))  # noqa: DTZ011

    assert [each.call for each in report.reads] == ["time.monotonic()", "datetime.now()", "date.today()"]


def test_only_the_packages_asked_for_are_searched_for_such_names() -> None:
    with watch_wall_clock("bookdelivery") as report:
        simulate(lambda: (monotonic(), time.time()))

    assert [each.call for each in report.reads] == ["time.time()"]


def test_simpy_processes_are_under_simulation_too() -> None:
    env = simpy.Environment()

    def process() -> Any:
        yield env.timeout(1)
        time.time()

    env.process(process())
    with watch_wall_clock() as report:
        env.run()

    assert [each.call for each in report.reads] == ["time.time()"]


def test_harness_outside_the_simulation_may_look_at_the_clock() -> None:
    with watch_wall_clock(strict=True) as report:
        time.perf_counter()
        simulate(lambda: None)
        datetime.now(dt.UTC)

    assert report.reads == ()


def test_standard_library_may_look_at_the_clock(caplog: pytest.LogCaptureFixture) -> None:
    with watch_wall_clock() as report, caplog.at_level(logging.INFO):
        simulate(lambda: logging.getLogger("shop").info("a record has a time"))

    assert caplog.messages == ["a record has a time"]
    assert report.reads == ()


def test_clock_calls_that_are_given_their_time_are_no_reads() -> None:
    with watch_wall_clock() as report:
        shown = simulate(lambda: time.strftime("%Y", time.gmtime(0)))

    assert shown == "1970"
    assert report.reads == ()


def test_ignored_packages_are_not_reported() -> None:
    with watch_wall_clock(ignoring=[__name__]) as report:
        simulate(time_by_name)

    assert report.reads == ()


def time_by_name() -> float:
    return time.time()


def test_code_gets_the_time_all_the_same() -> None:
    before = time.time()
    with watch_wall_clock():
        seen, moment = simulate(lambda: (time.time(), datetime.now(dt.UTC)))

    assert before <= seen <= time.time()
    assert type(moment) is datetime
    assert moment.tzinfo is dt.UTC


def test_dates_work_as_ever_while_watched() -> None:
    moment = datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
    with watch_wall_clock():
        assert isinstance(moment, datetime)
        assert isinstance(datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime)
        assert not isinstance(dt.date(2026, 1, 1), datetime)
        assert issubclass(datetime, date)
        assert datetime.fromisoformat("2026-11-22T07:00:00+00:00") == moment
        assert type(datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(1)).__name__ == "datetime"
        assert datetime.strptime("2026", "%Y").year == 2026  # noqa: DTZ007
        assert datetime.resolution == dt.timedelta(microseconds=1)


def test_strict_watch_raises_at_the_end_and_names_every_place() -> None:
    heard = []

    def run_watched() -> None:
        with watch_wall_clock(strict=True):
            simulate(lambda: heard.append(time_by_name()))

    with pytest.raises(WallClockWasRead, match=r"test_wallclock\.py:\d+ in time_by_name: time\.time") as caught:
        run_watched()

    assert len(heard) == 1
    assert len(caught.value.reads) == 1


def test_strict_watch_does_not_hide_another_error() -> None:
    def fail() -> None:
        time.time()
        raise LookupError("the real trouble")

    with pytest.raises(LookupError) as caught, watch_wall_clock(strict=True):
        simulate(fail)

    assert "read the wall clock" in caught.value.__notes__[0]


def test_everything_is_put_back_afterwards() -> None:
    originals = (time.time, time.sleep, dt.datetime, dt.date, monotonic, datetime, date)

    seen = []

    def fail() -> None:
        seen.append(time.time)
        raise LookupError

    with pytest.raises(LookupError), watch_wall_clock():
        fail()

    assert seen[0] is not originals[0]

    assert (time.time, time.sleep, dt.datetime, dt.date, monotonic, datetime, date) == originals


def test_module_loaded_during_the_watch_is_left_with_the_originals(monkeypatch: pytest.MonkeyPatch) -> None:
    late = ModuleType("late")
    monkeypatch.setitem(sys.modules, "late", late)
    with watch_wall_clock():
        exec("from time import time\nfrom datetime import datetime", late.__dict__)  # noqa: S102
        assert late.time is not time

    assert late.time is time.time
    assert late.datetime is datetime


def test_watches_may_be_nested() -> None:
    with watch_wall_clock() as outer:
        with watch_wall_clock() as inner:
            simulate(time_by_name)
        simulate(time_by_name)

    assert [each.times for each in inner.reads] == [1]
    assert [each.times for each in outer.reads] == [2]


def test_stand_in_that_was_kept_notes_nothing_after_the_watch() -> None:
    with watch_wall_clock() as report:
        kept = time.time
    simulate(kept)

    assert report.reads == ()
