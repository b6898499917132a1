"""The pytest plugin: async tests in virtual time, and systems in a world where a test can break things.

Fixtures: `virtual_time`, `bookstore`, `simulated`, and `system_under_test`, which a test suite overrides with its own.
Marks: `virtual_time` and `simulated`. Nothing but pytest is loaded until a test asks for one of them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bookdelivery.application.system import System
    from bookdelivery.testing.running import RunningSystem
    from bookdelivery.testing.virtual_time import VirtualTime

_FIXTURE = "virtual_time"
_OPTION = "--virtual-time-seed"
_USED = pytest.StashKey["VirtualTime"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that repeats a run."""
    parser.getgroup("bookdelivery").addoption(
        _OPTION, type=int, metavar="N", help="seed of the tests that run in virtual time, instead of their own"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Say what the marks mean."""
    config.addinivalue_line(
        "markers",
        "virtual_time(seed=1, seeds=None, allow=()): run this async test in virtual time, once or with each of several "
        "seeds; allow 'leaks' (tasks left waiting) or 'wall clock' (reads of the computer's clock)",
    )
    config.addinivalue_line(
        "markers",
        "simulated(externals=None, **settings): what the world of the fixtures bookstore and simulated is like, as "
        "fields of bookdelivery.simulation.Scenario",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each seed."""
    mark = metafunc.definition.get_closest_marker(_FIXTURE)
    seeds = None if mark is None else mark.kwargs.get("seeds")
    if seeds is not None and metafunc.config.getoption(_OPTION) is None:
        if _FIXTURE not in metafunc.fixturenames:
            metafunc.fixturenames.append(_FIXTURE)
        metafunc.parametrize(_FIXTURE, seeds, indirect=True, ids=lambda seed: f"seed{seed}")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, Any, Any]:
    """Make plain tests of async ones that run in virtual time, before another plugin takes them for its own."""
    made = yield
    for item in made if isinstance(made, list) else [made]:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            if item.get_closest_marker(_FIXTURE) and _FIXTURE not in item.fixturenames:
                item.fixturenames.append(_FIXTURE)
            if _FIXTURE in item.fixturenames:
                item.obj = _in_virtual_time(item, item.obj)
    return made


def _in_virtual_time(item: pytest.Function, body: Callable[..., Any]) -> Callable[..., None]:
    """Make the plain function that pytest calls; that it bears the body's name and signature, fixtures depend on."""

    @functools.wraps(body)
    def test(**arguments: Any) -> None:
        __tracebackhide__ = True
        virtual_time: Any = item.funcargs[_FIXTURE]
        virtual_time.run(body(**arguments))

    return test


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a failure how to have it again."""
    report = yield
    used = item.stash.get(_USED, None)
    if report.failed and used is not None:
        again = f"pytest '{item.nodeid}' {_OPTION}={used.seed}"
        if f"[seed{used.seed}" in item.nodeid:
            again = f"pytest '{item.nodeid}'"
        report.sections.append(
            ("Virtual time", f"seed {used.seed}; it was {used.now_s:g} s. The same once more:\n{again}\n")
        )
    return report


@pytest.fixture
def virtual_time(request: pytest.FixtureRequest) -> VirtualTime:
    """Runs coroutines in virtual time; an async test that takes it is run by it.

    The seed is the one of the command line, else of the mark `virtual_time`, else 1.
    """
    from bookdelivery.testing.virtual_time import VirtualTime  # noqa: PLC0415

    mark = request.node.get_closest_marker(_FIXTURE)
    settings = {} if mark is None else {name: value for name, value in mark.kwargs.items() if name != "seeds"}
    from_outside = request.config.getoption(_OPTION)
    seed = getattr(request, "param", settings.pop("seed", 1)) if from_outside is None else from_outside
    settings.pop("seed", None)
    made = VirtualTime(seed, **settings)
    request.node.stash[_USED] = made
    return made


@pytest.fixture
def system_under_test() -> System:
    """The system that the fixture `simulated` runs; override it with your own. By default it is the bookstore."""
    from bookdelivery.simulation import DEFAULT_SYSTEM  # noqa: PLC0415

    return DEFAULT_SYSTEM


@pytest.fixture
def simulated(request: pytest.FixtureRequest, virtual_time: VirtualTime, system_under_test: System) -> RunningSystem:
    """Your own system (see `system_under_test`), running in a simulated world for as long as the test does."""
    return _running(request, virtual_time, system_under_test)


@pytest.fixture
def bookstore(request: pytest.FixtureRequest, virtual_time: VirtualTime) -> RunningSystem:
    """The bookstore, running in a simulated world for as long as the test does."""
    from bookdelivery.simulation import DEFAULT_SYSTEM  # noqa: PLC0415

    return _running(request, virtual_time, DEFAULT_SYSTEM)


def _running(request: pytest.FixtureRequest, virtual_time: VirtualTime, system: System) -> RunningSystem:
    from bookdelivery.testing.running import RunningSystem  # noqa: PLC0415
    from bookdelivery.testing.worlds import TestWorld  # noqa: PLC0415

    mark = request.node.get_closest_marker("simulated")
    running = RunningSystem(TestWorld(system, virtual_time.seed, **({} if mark is None else mark.kwargs)))
    virtual_time.takes_place_in(running)
    return running
