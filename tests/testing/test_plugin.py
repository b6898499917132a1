"""What the plugin does to a test suite of somebody else's, beside other plugins, and what it costs the others."""

import subprocess
import sys

import pytest

# What is loaded within a run that pytester makes in this process is thrown away after it, which numpy does not survive.
import bookdelivery.requirements
import bookdelivery.simulation.simulating
import bookdelivery.testing.running  # noqa: F401

pytest_plugins = ["pytester"]

SUITE = """
    import asyncio
    import random

    import pytest


    @pytest.mark.virtual_time
    async def test_an_hour_passes():
        await asyncio.sleep(3600)


    class TestGrouped:
        async def test_with_the_fixture(self, virtual_time):
            await asyncio.sleep(5)
            assert virtual_time.now_s == 5.0


    @pytest.mark.virtual_time(seeds=range(3))
    @pytest.mark.parametrize("limit", [1.0, 2.0])
    async def test_with_seeds(limit):
        assert random.random() < limit


    @pytest.mark.virtual_time(seed=4)
    def test_a_plain_one(virtual_time):
        async def wait():
            await asyncio.sleep(virtual_time.seed)
            return virtual_time.now_s

        assert virtual_time.run(wait()) == virtual_time.seed
"""


def test_async_tests_run_in_virtual_time_once_or_with_each_seed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-v", "-p", "no:asyncio", "--strict-markers")
    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines_random(["*test_with_seeds[[]seed2-1.0[]]*", "*test_with_the_fixture*"])


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_pytest_asyncio_may_be_there_and_keeps_its_own_tests(pytester: pytest.Pytester, mode: str) -> None:
    pytester.makeini(f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(
        SUITE
        + """

    @pytest.mark.asyncio
    async def test_in_real_time():
        assert type(asyncio.get_running_loop()).__name__ != "VirtualLoop"
"""
    )
    pytester.runpytest_inprocess("-p", "asyncio").assert_outcomes(passed=10)


def test_anyio_s_tests_stay_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        SUITE
        + """

    @pytest.fixture
    def anyio_backend():
        return "asyncio"


    @pytest.mark.anyio
    async def test_in_real_time():
        assert type(asyncio.get_running_loop()).__name__ != "VirtualLoop"
"""
    )
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=10)


def test_a_failure_tells_the_seed_and_how_to_have_it_again(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio

        import pytest

        @pytest.mark.virtual_time(seeds=[1, 2, 3])
        async def test_unlucky(virtual_time):
            await asyncio.sleep(600)
            assert virtual_time.seed != 2
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*seed 2; it was 600 s. The same once more:", "*pytest '*test_unlucky[[]seed2[]]'"])
    # The seed of the command line stands for all others.
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "--virtual-time-seed=2")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*pytest '*test_unlucky' --virtual-time-seed=2"])


def test_a_suite_s_own_system_is_run_with_its_own_settings(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        from bookdelivery import BOOKSTORE_SYSTEM, System
        from bookdelivery.simulation import Outage
        from bookdelivery.kernel.errors import Unavailable
        from bookdelivery.contexts.order.messages import PayOrder

        @pytest.fixture
        def system_under_test():
            return System("half a bookstore", BOOKSTORE_SYSTEM.contexts)

        @pytest.mark.simulated(faults=[Outage("order")])
        async def test_nobody_is_there(simulated):
            with pytest.raises(Unavailable):
                await simulated.send(PayOrder(1))

        async def test_two_worlds(simulated, bookstore):
            pass
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*take either the fixture bookstore or simulated*"])


@pytest.mark.slow
def test_workers_of_xdist_run_the_same_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess("-n", "2", "-p", "no:asyncio").assert_outcomes(passed=9)


def test_who_does_not_use_the_plugin_loads_next_to_nothing() -> None:
    told = (
        "import sys, pytest; before = set(sys.modules); import bookdelivery.testing.plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    ours = {"bookdelivery", "bookdelivery._version", "bookdelivery.testing", "bookdelivery.testing.plugin"}
    assert {name for name in run.stdout.split() if name.startswith("bookdelivery")} == ours
    assert not {"numpy", "pandas", "simpy", "attrs", "asyncio"}.intersection(run.stdout.split())
