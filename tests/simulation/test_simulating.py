"""The front door: what a result tells, and that the same scenario tells the same."""

import os
import subprocess
import sys
from typing import Any

import attrs
import pytest

from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.aggregate import Decide, Decision, Given
from bookdelivery.kernel.context import Context, Decides
from bookdelivery.kernel.errors import InvalidField, UnknownCommand
from bookdelivery.kernel.ports import Store
from bookdelivery.simulation import (
    Constant,
    Crash,
    Customers,
    Deployment,
    LostAnswers,
    Outage,
    ProviderTrouble,
    RandomCrashes,
    SlowDown,
    simulate,
)
from bookdelivery.simulation.frames import MOMENTS
from tests.simulation.worlds import (
    SHOP_WITH_A_TILL,
    TILL,
    Guests,
    Serve,
    Served,
    assert_all_is_well,
    fingerprint,
    quick,
    run,
)

TROUBLES = (
    Outage("ordermanagement", at=5, lasts=8),
    Crash("payment", at=6),
    Crash("order", at_step=200),
    RandomCrashes("delivery", mean_time_between_s=10),
    SlowDown("mypage", at=4, lasts=10, factor=20),
    LostAnswers("order", "payment", probability=0.2),
    ProviderTrouble(at=10, lasts=5, slower=10, silent_after=0.2),
)


def test_on_a_day_without_trouble_every_order_is_placed_at_once_and_delivered_or_canceled() -> None:
    result = run(quick())
    assert_all_is_well(result)
    placed = result.requests[result.requests["kind"] == "place"]
    assert (placed["outcome"] == "placed").all()
    assert placed["latency_s"].max() < 1.5
    orders = result.orders
    assert set(orders["status"]) == {"delivered", "canceled"}
    delivered = orders[orders["status"] == "delivered"]
    story = ["arrived_s", "paid_s", "placed_s", "taken_s", "packed_s", "shipping_s", "delivered_s"]
    assert delivered[story].notna().all(axis=None)
    assert (delivered[story].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert orders["deferred_s"].isna().all()
    assert list(orders["order_id"]) == list(range(1, len(orders) + 1))


def test_every_table_has_its_columns_also_where_nothing_happened() -> None:
    eventful, empty = run(quick(faults=TROUBLES)), run(quick(load=Constant(per_second=0.001)))
    assert len(empty.orders) == len(empty.requests) == len(empty.events) == 0
    for name, frame in eventful.frames.items():
        assert len(frame) or name in {"policies", "scaling", "rollouts", "alerts"}, name
        assert list(empty.frames[name].columns) == list(frame.columns)
        assert list(empty.frames[name].dtypes) == list(frame.dtypes), name
    assert set(MOMENTS) < set(eventful.orders.columns)


def test_the_tables_agree_with_one_another() -> None:
    result = run(quick(faults=TROUBLES))
    events, operations = result.events, result.operations
    assert events["message_id"].is_unique
    assert (events["published_s"] >= events["time_s"]).all()
    caused = events[events["causation_id"].isin(events["message_id"])]
    known = events.set_index("message_id")["order_id"]
    assert len(caused)
    assert (known[caused["causation_id"]].to_numpy() == caused["order_id"].to_numpy()).all()
    assert (operations["started_s"].dropna() >= operations["arrived_s"][operations["started_s"].notna()]).all()
    assert (operations["finished_s"] >= operations["arrived_s"]).all()
    assert (result.views["staleness_s"] >= 0).all()
    assert len(result.views) == len(events)
    latency = result.requests["finished_s"] - result.requests["arrived_s"]
    assert (latency == result.requests["latency_s"]).all()


def test_mypage_asks_no_other_context_for_anything() -> None:
    result = run(quick())
    assert "mypage" not in set(result.calls["caller"])
    assert set(result.calls["caller"]) == {"order", "people"}
    assert (result.requests["kind"] == "look").any()


def test_the_same_seed_gives_the_same_tables_to_the_last_digit_and_another_seed_does_not() -> None:
    scenario = quick(faults=TROUBLES)
    first = fingerprint(run(scenario))
    assert fingerprint(run(scenario)) == first
    assert fingerprint(run(quick(faults=TROUBLES, seed=12))) != first


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_hash_seed_of_the_process_changes_nothing() -> None:
    program = (
        "from tests.simulation.test_simulating import TROUBLES\n"
        "from tests.simulation.worlds import fingerprint, quick, run\n"
        "print(fingerprint(run(quick(faults=TROUBLES, lasts=12.0))))\n"
    )
    here = fingerprint(run(quick(faults=TROUBLES, lasts=12.0)))
    for hash_seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        answer = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        assert answer.stdout.strip() == here, hash_seed


def test_a_fault_does_not_reshuffle_the_arrivals_nor_what_customers_mean_to_do() -> None:
    calm = run(quick()).orders
    stormy = run(quick(faults=TROUBLES)).orders
    assert (calm["arrived_s"] == stormy["arrived_s"]).all()
    both = calm["canceled_s"].notna() & stormy["canceled_s"].notna()
    assert both.sum() > 20


def test_a_world_that_cannot_settle_in_time_says_so() -> None:
    forever = Outage("delivery", at=1, lasts=10_000)
    # The outage alone is waited for; what then is left to do takes longer than nothing.
    result = run(quick(faults=[forever], drain_within_s=0.0))
    assert not result.drained
    assert result.world.ended_s == pytest.approx(10_001)
    assert "packed" in set(result.orders["status"])


def test_a_context_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(InvalidField, match=r"Outage.context is 'kitchen', but must be one of delivery, mypage, order"):
        run(quick(faults=[Outage("kitchen", at=1, lasts=1)]))
    with pytest.raises(InvalidField, match=r"Scenario.deployment is 'kitchen', but must be one of delivery"):
        run(quick(deployment={"kitchen": Deployment()}))
    with pytest.raises(InvalidField, match=r"LostAnswers.caller is 'kitchen'"):
        run(quick(faults=[LostAnswers("kitchen", "payment", probability=0.5)]))
    with pytest.raises(InvalidField, match=r"terms\['order'\] is 'colour', but must be one of pay_within_s, retry"):
        run(quick(terms={"order": {"colour": 1}}))
    with pytest.raises(InvalidField, match=r"call_timeouts_s is 'Bake', but must be one of Pay"):
        run(quick(call_timeouts_s={"Bake": 1.0}))


def test_an_outage_of_the_store_delays_orders_but_turns_none_away() -> None:
    result = run(quick(customers=Customers(cancels=0.0), faults=[Outage("ordermanagement", at=5, lasts=20)]))
    assert_all_is_well(result)
    placed = result.requests[result.requests["kind"] == "place"]
    assert (placed["outcome"] == "placed").all()
    taken = result.orders["taken_s"]
    assert taken.notna().all()
    assert not taken.between(5.1, 25).any()
    lag = result.queues[(result.queues["context"] == "ordermanagement") & (result.queues["time_s"] == 24)]["lag"]
    assert lag.item() > 50
    assert list(result.faults.itertuples(index=False, name=None)) == [("ordermanagement down", 5.0, 25.0)]


def test_what_no_context_handles_is_named_at_once() -> None:
    with pytest.raises(UnknownCommand, match="no context here handles PlaceOrder; the commands known are: Serve"):
        run(quick(terms={}, people=None), SHOP_WITH_A_TILL)


def test_a_result_shows_in_a_line_what_it_holds() -> None:
    assert repr(run(quick())).startswith("<Result of bookstore, settled at ")
    nothing = quick(load=Constant(per_second=0.001), sample_every_s=10.0)
    assert repr(run(nothing)) == "<Result of bookstore, settled at 30 s: 2 breakers, 10 pods, 20 queues>"


def broken_till(decide: Decide) -> System:
    handler = TILL.handlers[0]
    assert isinstance(handler, Decides)
    return System("broken till", (attrs.evolve(TILL, handlers=(attrs.evolve(handler, by=decide),)),))


GUESTS_ONLY = quick(
    load=Constant(per_second=1), lasts=5.5, customers=Guests(timeout_s=9.0), people=None, terms={}, faults=()
)


def test_an_error_nobody_expected_fails_the_request_and_is_reported_with_its_pod() -> None:
    def decide(served: Served | None, command: Serve, given: Given) -> Decision[Served]:
        raise ZeroDivisionError("no change left")

    result = simulate(GUESTS_ONLY, broken_till(decide))
    assert (result.requests["outcome"] == "failed").all()
    assert (result.operations["outcome"] == "failed").all()
    assert [(where[:5], error) for _, where, error in result.world.errors] == [
        ("till-", "ZeroDivisionError: no change left")
    ] * 5


def test_a_pod_whose_machinery_fails_is_started_again_and_again_and_that_is_reported() -> None:
    class Rusty:
        """Fails the alarm, which would end a process."""

        def __init__(self, store: Store) -> None:
            self._store = store

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store, name)

        async def due(self, *_: object) -> None:
            raise OSError("rust")

    def rusty(_: Context, store: Any) -> Any:
        return Rusty(store)

    result = simulate(quick(lasts=20.0), System("rusty", BOOKSTORE, wrap_store=rusty))
    assert set(result.requests["outcome"]) == {"failed"}
    assert {"failed", "starting", "up"} == set(result.pods["change"])
    failed = result.pods[result.pods["change"] == "failed"]
    assert set(failed["context"]) == {"order", "payment"}
    assert all("OSError: rust" in error or "TaskGroup" in error for _, _, error in result.world.errors)
