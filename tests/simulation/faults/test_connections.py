"""What cannot reach whom, how slowly, and that nothing else changes."""

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.deployment import Link, Network
from bookdelivery.simulation.faults import Partition
from tests.simulation.faults.small import BEGIN_S, END_S, during, outside, run_with, small
from tests.simulation.worlds import assert_all_is_well, run


def test_a_partition_between_two_contexts_stops_exactly_their_traffic() -> None:
    result = run_with(Partition("order", "payment", at=BEGIN_S, lasts=END_S - BEGIN_S))
    calls = result.calls
    between = calls[(calls["caller"] == "order") & (calls["callee"] == "payment")]
    assert len(during(between, "started_s")) > 5
    assert set(during(between, "started_s", END_S - 8, END_S - 5)["outcome"]) == {"unanswered"}
    assert set(outside(between, "started_s")["outcome"]) == {"answered"}
    others = calls[calls["callee"] != "payment"]
    assert set(during(others, "started_s")["outcome"]) <= {"answered", "refused"}
    looks = result.requests[result.requests["kind"] == "look"]
    assert set(during(looks, "arrived_s")["outcome"]) == {"answered"}
    # What payment stated just before still reaches the others: events pass through the broker.
    handled = result.messages[result.messages["source"] == "payment"]
    assert handled["lag_s"].max() < 1.0
    assert_all_is_well(result)


def test_customers_cut_off_from_one_context_still_reach_another() -> None:
    result = run_with(Partition("order", "customers", at=BEGIN_S, lasts=END_S - BEGIN_S))
    requests = result.requests
    placing = requests[requests["kind"] == "place"]
    assert set(during(placing, "arrived_s")["outcome"]) == {"timed_out"}
    assert set(outside(placing, "arrived_s")["outcome"]) == {"placed"}
    looks = requests[requests["kind"] == "look"]
    assert set(looks["outcome"]) == {"answered"}
    assert_all_is_well(result)


def test_a_context_cut_off_from_the_broker_neither_publishes_nor_hears_anything_and_catches_up() -> None:
    result = run_with(Partition("ordermanagement", "broker", at=BEGIN_S, lasts=END_S - BEGIN_S))
    events = result.events
    mine = events[events["source"] == "ordermanagement"]
    assert during(mine, "published_s", BEGIN_S + 0.1).empty
    assert len(during(mine, "time_s")) > 0
    assert len(during(events, "published_s")) > 50
    heard = result.messages[(result.messages["context"] == "ordermanagement") & (result.messages["source"] != "mypage")]
    assert during(heard, "consumed_s", BEGIN_S + 0.1).empty
    assert heard["lag_s"].max() > 5
    assert_all_is_well(result)


def test_payment_cut_off_from_its_provider_charges_nobody() -> None:
    result = run_with(Partition("payment", "provider", at=BEGIN_S, lasts=END_S - BEGIN_S))
    charged = [entry.time_s for entry in result.world.ledger if entry.kind == "charged"]
    assert not [at for at in charged if BEGIN_S + 0.5 < at < END_S]
    assert [at for at in charged if at < BEGIN_S]
    assert [at for at in charged if at > END_S]
    assert_all_is_well(result)


def test_a_link_has_a_latency_of_its_own_in_both_directions() -> None:
    slow = run(small(network=Network(links=[Link("payment", "order", latency_s=0.1)])))
    calls = slow.calls[slow.calls["callee"] == "payment"]
    took = calls["finished_s"] - calls["started_s"]
    assert took.min() > 0.2
    looks = slow.requests[slow.requests["kind"] == "look"]
    assert looks["latency_s"].max() < 0.1


def test_loss_slows_and_never_loses_an_order() -> None:
    lossy = run(small(network=Network(links=[Link("order", "payment", loss=0.3)])))
    calls = lossy.calls[lossy.calls["callee"] == "payment"]
    assert (calls["outcome"] == "unanswered").mean() == pytest.approx(1 - 0.7**2, abs=0.15)
    assert set(lossy.orders["status"]) <= {"delivered", "expired"}
    assert (lossy.orders["status"] == "delivered").mean() > 0.5
    usual = run(small())
    assert lossy.orders["placed_s"].sub(lossy.orders["arrived_s"]).mean() > 0.3
    assert usual.orders["placed_s"].sub(usual.orders["arrived_s"]).mean() < 0.2
    assert_all_is_well(lossy)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Partition("order", "order"), "Partition.other is 'order', but must be another side than the one"),
        (
            lambda: Network(links=[Link("a", "b"), Link("b", "a")]),
            r"Network.links\[1\] is .*, but must be the only one",
        ),
        (lambda: Network(links=["a"]), r"Network.links\[0\] is 'a', but must be a Link"),
    ],
)
def test_a_connection_that_makes_no_sense_is_refused(make, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidField, match=message):
        make()


def test_ends_that_do_not_exist_are_named() -> None:
    with pytest.raises(
        InvalidField, match=r"Partition.other is 'paymnt', but must be one of broker, customers, delivery"
    ):
        run(small(faults=Partition("order", "paymnt")))
    with pytest.raises(InvalidField, match=r"Link.other is 'paymnt', but must be one of customers, delivery"):
        run(small(network=Network(links=[Link("order", "paymnt", loss=0.1)])))
