"""The parts of the simulated world by themselves: workers, the network, the payment provider, the load."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import simpy

from bookdelivery.contexts.payment.provider import Charged, Declined
from bookdelivery.kernel.errors import Refused
from bookdelivery.kernel.values import Won
from bookdelivery.simulation import (
    ClosedLoop,
    Constant,
    Crash,
    Deployment,
    Load,
    LostAnswers,
    Network,
    Outage,
    Poisson,
    Provider,
    ProviderTrouble,
    SlowDown,
    VirtualLoop,
)
from bookdelivery.simulation.provider import SimulatedProvider
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.tables import Table
from bookdelivery.simulation.workers import TurnedAway, Workers
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, quick, run
from tests.virtual import run_virtual

PRICE = Won(25_000)


def some_workers(table: Table, workers: int = 1, queue_limit: int | None = None, service_s: float = 2.0) -> Workers:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return Workers("till", "till-1", workers, queue_limit, lambda _: service_s, table, loop)


def operations() -> Table:
    kinds = ["word", "word", "word", "time", "time", "time", "word"]
    names = ["context", "operation", "pod", "arrived_s", "started_s", "finished_s", "outcome"]
    return Table(dict(zip(names, kinds, strict=True)))


async def nothing() -> str:
    return "done"


def test_whoever_comes_first_is_served_first_and_a_worker_does_one_thing_at_a_time() -> None:
    table = operations()

    async def main() -> None:
        workers = some_workers(table)
        guests = [asyncio.create_task(workers(f"guest {number}", nothing)) for number in range(3)]
        await asyncio.sleep(1)
        assert (workers.busy, workers.waiting) == (1, 2)
        assert await asyncio.gather(*guests) == ["done"] * 3
        assert (workers.busy, workers.waiting) == (0, 0)

    run_virtual(main())
    rows = table.frame()
    assert rows["operation"].tolist() == ["guest 0", "guest 1", "guest 2"]
    assert rows["started_s"].tolist() == [0.0, 2.0, 4.0]
    assert rows["finished_s"].tolist() == [2.0, 4.0, 6.0]


def test_requests_are_turned_away_from_a_full_queue_but_messages_never_are() -> None:
    table = operations()

    async def main() -> None:
        workers = some_workers(table, queue_limit=1)
        guests = [asyncio.create_task(workers("Serve", nothing)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TurnedAway, match="till-1 has 1 requests waiting"):
            await workers("Serve", nothing)
        guests.append(asyncio.create_task(workers("till.greet the guest", nothing)))
        await asyncio.gather(*guests)

    run_virtual(main())
    assert sorted(table.frame()["outcome"]) == ["done", "done", "done", "turned_away"]


def test_a_guest_who_leaves_the_line_or_the_counter_frees_the_place() -> None:
    table = operations()

    async def main() -> None:
        workers = some_workers(table)
        served, waiting, last = [asyncio.create_task(workers(name, nothing)) for name in ("one", "two", "three")]
        await asyncio.sleep(1)
        waiting.cancel()
        served.cancel()
        await asyncio.sleep(0)
        assert await last == "done"
        assert asyncio.get_running_loop().time() == 3.0
        assert (workers.busy, workers.waiting) == (0, 0)

    run_virtual(main())


def test_a_refusal_and_a_failure_are_written_down_as_such() -> None:
    table = operations()

    async def fail_with(error: Exception) -> None:
        raise error

    async def main() -> None:
        workers = some_workers(table)
        for error in (Refused("this", "that"), ValueError("oh")):
            with pytest.raises(type(error)):
                await workers("Serve", lambda error=error: fail_with(error))  # type: ignore[misc]

    run_virtual(main())
    assert table.frame()["outcome"].tolist() == ["refused", "failed"]


def provider_of(settings: Provider, deal: Callable[[SimulatedProvider], Any]) -> Any:
    """Deal with a provider from another loop than its own, as pods do."""
    env = simpy.Environment(0.0)
    provider = SimulatedProvider(VirtualLoop(env), settings, Streams(1))
    loop = VirtualLoop(env)
    try:
        return loop.run_until_complete(deal(provider))
    finally:
        loop.crash()
        provider.loop.crash()


def test_a_charge_takes_the_providers_time_and_is_made_once() -> None:
    async def deal(provider: SimulatedProvider) -> None:
        assert await provider.charge("1", PRICE) == Charged(PRICE)
        assert asyncio.get_running_loop().time() == pytest.approx(0.4)
        assert await provider.charge("1", PRICE) == Charged(PRICE)
        assert await provider.refund("1") == PRICE
        assert await provider.refund("1") == PRICE
        assert await provider.refund("2") == Won(0)
        for key in ("1", "2"):
            with pytest.raises(Refused, match="refunded"):
                await provider.charge(key, PRICE)
        lines = [(line.key, line.kind, line.amount_won) for line in provider.ledger.entries]
        assert lines == [("1", "charged", 25_000), ("1", "refunded", 25_000)]

    provider_of(Provider(latency_s=0.4), deal)


def test_silence_before_the_charge_takes_no_money_and_silence_after_it_does() -> None:
    async def deal(provider: SimulatedProvider) -> int:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(provider.charge("1", PRICE), 3)
        return len(provider.ledger.entries)

    assert provider_of(Provider(silent_before=1.0), deal) == 0
    assert provider_of(Provider(silent_after=1.0), deal) == 1


def test_a_charge_goes_on_when_whoever_asked_for_it_has_gone() -> None:
    async def deal(provider: SimulatedProvider) -> int:
        asking = asyncio.create_task(provider.charge("1", PRICE))
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.sleep(1)
        return len(provider.ledger.entries)

    assert provider_of(Provider(latency_s=0.4), deal) == 1


def test_trouble_holds_as_long_as_it_lasts_and_the_latest_has_the_say() -> None:
    async def deal(provider: SimulatedProvider) -> None:
        now = asyncio.get_running_loop().time
        with provider.troubled(ProviderTrouble(at=0, lasts=1, slower=3, declines=1.0)):
            assert isinstance(await provider.charge("1", PRICE), Declined)
            assert now() == pytest.approx(1.2)
            with provider.troubled(ProviderTrouble(at=0, lasts=1, slower=2, declines=0.0)):
                assert isinstance(await provider.charge("1", PRICE), Charged)
                assert now() == pytest.approx(1.2 + 2.4)
        assert isinstance(await provider.charge("2", PRICE), Charged)
        assert now() == pytest.approx(4.0)

    provider_of(Provider(latency_s=0.4), deal)


def test_a_provider_that_works_on_few_requests_at_once_has_a_line() -> None:
    async def deal(provider: SimulatedProvider) -> float:
        await asyncio.gather(*(provider.charge(str(key), PRICE) for key in range(6)))
        return asyncio.get_running_loop().time()

    assert provider_of(Provider(latency_s=1.0, at_once=2), deal) == pytest.approx(3.0)
    assert provider_of(Provider(latency_s=1.0), deal) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (Poisson(per_second=20), 2_000),
        (Constant(per_second=20), 2_000),
        (ClosedLoop(users=40, think_time_s=1.0), 2_000),
    ],
    ids=["poisson", "constant", "closed loop"],
)
def test_a_load_brings_as_many_visitors_as_it_says_none_after_its_end(load: Load, expected: int) -> None:
    arrivals: list[float] = []

    async def main() -> None:
        now = asyncio.get_running_loop().time

        async def visit() -> None:
            arrivals.append(now())
            await asyncio.sleep(1.0)

        await load.bring(visit, 100.0, np.random.default_rng(1))
        assert now() >= arrivals[-1] + 1.0

    run_virtual(main())
    assert len(arrivals) == pytest.approx(expected, rel=0.06)
    assert max(arrivals) < 100.0
    gaps = np.diff(arrivals)
    if isinstance(load, Poisson):
        # The coefficient of variation of exponential gaps is 1, and gaps know nothing of one another.
        assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.08)
        assert np.corrcoef(gaps[:-1], gaps[1:])[0, 1] == pytest.approx(0.0, abs=0.08)
    if isinstance(load, Constant):
        assert gaps == pytest.approx(1 / 20)


def guests_of(**changes: Any) -> Any:
    deployment = {"till": Deployment(replicas=2, workers=50, service_s=0.5, start_up_s=2.0)}
    given = {"load": Constant(per_second=10), "lasts": 30.0, "customers": Guests(timeout_s=5.0), "people": None}
    return run(quick(**{**given, "terms": {}, "deployment": deployment, **changes}), SHOP_WITH_A_TILL)


def test_requests_take_the_networks_time_both_ways() -> None:
    requests = guests_of(network=Network(latency_s=0.25)).requests
    assert requests["latency_s"].to_numpy() == pytest.approx(1.0)


def test_what_gets_lost_on_either_way_is_never_answered() -> None:
    requests = guests_of(network=Network(latency_s=0.0, loss=0.2), lasts=200.0).requests
    assert set(requests["outcome"]) == {"answered", "timed_out"}
    # Lost is what loses its request or its answer: 1 - 0.8 * 0.8.
    assert (requests["outcome"] == "timed_out").mean() == pytest.approx(0.36, abs=0.03)


def test_lost_answers_leave_the_work_done() -> None:
    result = guests_of(faults=[LostAnswers("customers", "till", probability=0.5, at=10, lasts=10)])
    assert (result.operations["outcome"] == "done").all()
    lost = result.requests[result.requests["outcome"] == "timed_out"]
    assert lost["arrived_s"].between(9.4, 19.6).all()
    assert len(lost) == pytest.approx(50, abs=20)


def test_a_slow_down_multiplies_service_times_while_it_lasts_and_two_multiply_each_other() -> None:
    slow = [SlowDown("till", at=10, lasts=10, factor=3), SlowDown("till", at=15, lasts=10, factor=2)]
    operations = guests_of(faults=slow).operations.sort_values("started_s")
    took = (operations["finished_s"] - operations["started_s"]).round(6)
    started = operations["started_s"]
    for begin, end, factor in ((0, 10, 1), (10, 15, 3), (15, 20, 6), (20, 25, 2), (25, 30, 1)):
        within = started.between(begin + 0.05, end - 0.05)
        assert (took[within] == 0.5 * factor).all()
        assert within.any()


def test_during_an_outage_requests_fail_at_once_and_pods_come_back_after_their_start_up() -> None:
    result = guests_of(faults=[Outage("till", at=10, lasts=5), Outage("till", at=12, lasts=6)])
    requests = result.requests
    # The pods start when the last outage is over, and take 2 s; those inside when it began are cut off.
    failed = requests[requests["outcome"] == "failed"]
    assert failed["arrived_s"].between(9.4, 20.0).all()
    assert failed["latency_s"].max() <= 0.51
    assert len(failed) == pytest.approx(105, abs=2)
    changes = result.pods[result.pods["pod"] == "till-1"]
    assert changes[["time_s", "change"]].to_records(index=False).tolist() == [
        (0.0, "up"),
        (10.0, "killed"),
        (18.0, "starting"),
        (20.0, "up"),
    ]
    assert (result.operations["outcome"] == "killed").sum() == pytest.approx(5, abs=1)


def test_while_one_pod_is_dead_the_other_serves() -> None:
    result = guests_of(faults=[Crash("till", at=10, restart_after_s=5)])
    operations = result.operations
    dead = operations["arrived_s"].between(10.05, 16.9)
    assert set(operations.loc[dead, "pod"]) == {"till-2"}
    assert set(operations.loc[operations["arrived_s"] > 17.2, "pod"]) == {"till-1", "till-2"}
    assert (result.requests["outcome"] == "failed").sum() <= 3
