"""Messages that come twice, late, overtaken, or not for a while: the outcome stays the same."""

import pandas as pd

from bookdelivery.simulation import Deployment, Result, Topic
from bookdelivery.simulation.faults import BrokerDown, Delay, Duplication, Outage, Reordering
from tests.simulation.faults.small import BEGIN_S, END_S, during, outside, run_with
from tests.simulation.worlds import assert_all_is_well


def handlings(result: Result) -> pd.DataFrame:
    """Every handling of a message, duplicates included."""
    return result.operations[result.operations["operation"].str.contains(".", regex=False)]


def test_a_duplicated_message_is_handled_twice_and_counts_once() -> None:
    twice = run_with(Duplication(probability=1.0, by_s=0.5))
    once = run_with()
    assert len(handlings(twice)) > 1.8 * len(handlings(once))
    assert twice.events["type"].value_counts().to_dict() == once.events["type"].value_counts().to_dict()
    assert_all_is_well(twice)


def test_only_the_messages_of_the_context_named_are_duplicated() -> None:
    result = run_with(Duplication(probability=1.0, context="delivery"))
    number, before = (handlings(each)["operation"].value_counts() for each in (result, run_with()))
    listening = set(result.messages.loc[result.messages["source"] == "delivery", "consumer"])
    others = set(before.index) - listening
    assert listening
    assert others
    assert all(number[consumer] > 1.2 * before[consumer] for consumer in listening)
    # A policy that loses a race against another one on the same case is done once more.
    assert all(number[consumer] < 1.1 * before[consumer] for consumer in others)


def test_delayed_messages_arrive_later_and_in_their_order() -> None:
    result = run_with(Delay(by_s=2.0, at=BEGIN_S, lasts=END_S - BEGIN_S, context="payment"))
    payments = result.messages[result.messages["source"] == "payment"]
    assert during(payments, "published_s")["lag_s"].min() >= 2.0
    assert outside(payments, "published_s")["lag_s"].max() < 0.5
    others = result.messages[result.messages["source"] == "order"]
    assert others["lag_s"].max() < 0.5
    assert_all_is_well(result)


def overtakings(result: Result, same_key: bool) -> int:
    """How many messages of one publisher were handled before an earlier one, of the same case or of another."""
    messages = result.messages[result.messages["consumer"].str.startswith("mypage.")].reset_index()
    count = 0
    for _, of_one in messages.groupby(["source", "order_id"] if same_key else ["source"]):
        ordered = of_one.sort_values(["published_s", "index"])["consumed_s"]
        count += int((ordered.diff() < 0).sum())
    return count


def test_reordered_messages_overtake_each_other_but_not_those_of_one_publisher_on_one_case() -> None:
    result = run_with(Reordering(probability=0.3, by_s=2.0), topic=Topic(partitions=1))
    assert overtakings(result, same_key=False) > 20
    assert overtakings(result, same_key=True) == 0
    assert overtakings(run_with(topic=Topic(partitions=1)), same_key=False) == 0
    assert_all_is_well(result)


def test_while_the_broker_is_down_orders_are_taken_and_afterwards_every_event_is_published_and_handled() -> None:
    result = run_with(BrokerDown(at=BEGIN_S, lasts=END_S - BEGIN_S))
    events, requests = result.events, result.requests
    assert during(events, "published_s", BEGIN_S + 0.01).empty
    assert during(result.messages, "consumed_s", BEGIN_S + 0.5).empty
    assert len(during(events, "time_s")) > 20
    placing = requests[requests["kind"] == "place"]
    assert set(during(placing, "arrived_s")["outcome"]) == {"placed"}
    assert_all_is_well(result)


def test_a_member_that_joins_makes_its_group_pause() -> None:
    deployment = {"mypage": Deployment(replicas=1)}
    result = run_with(deployment=deployment, topic=Topic(rebalance_pause_s=4.0))
    heard = result.messages[result.messages["context"] == "mypage"]
    assert heard["consumed_s"].min() >= 4.0
    assert run_with(deployment=deployment).messages["consumed_s"].min() < 1.0
    assert_all_is_well(result)


def test_two_members_share_the_partitions_and_on_a_single_one_the_second_gets_nothing() -> None:
    for partitions, busy in ((12, 2), (1, 1)):
        result = run_with(topic=Topic(partitions=partitions), deployment={"delivery": Deployment(replicas=2)})
        starting = result.operations["operation"].str.startswith("delivery.")
        assert result.operations.loc[starting, "pod"].nunique() == busy
        assert_all_is_well(result)


def test_messages_older_than_the_retention_are_gone_for_who_was_away_too_long() -> None:
    away = Outage("mypage", at=5.0, lasts=20.0)
    short = run_with(away, topic=Topic(retention_s=5.0))
    kept = run_with(away)
    assert short.world.deleted_unread["mypage"] > 20
    assert kept.world.deleted_unread == {}
    assert (kept.orders["mypage_status"] == "delivered").all()
    assert (short.orders["mypage_status"] == "").sum() > 20


def test_a_message_on_its_way_is_waited_for_before_all_counts_as_settled() -> None:
    result = run_with(Delay(by_s=60.0), lasts=10.0)
    assert result.world.ended_s > 70
    assert_all_is_well(result)
