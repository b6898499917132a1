"""The log of events by itself: who published and handled what, also when it happens twice or late."""

import math
import random
from itertools import pairwise

import attrs
import numpy as np
import pytest
from msgspec.structs import replace

from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.ports import Handled, Outcome, Unit
from bookdelivery.simulation import event_log
from bookdelivery.simulation.event_log import EventLog
from bookdelivery.simulation.sampling import Sampling


@attrs.frozen
class Rang(Event):
    """The till's bell."""

    correlation_key = "guest"
    guest: int


def envelopes(number: int) -> list[Envelope]:
    new_id = MessageIds(lambda: 0.0, random.Random(1))
    first = new_id()
    return [
        Envelope(new_id(), "Rang", "till", float(place), first, None if place % 2 else first, place, Rang(place))
        for place in range(number)
    ]


def commit(log: EventLog, unit: Unit, now_s: float, outcome: Outcome = Outcome.COMMITTED) -> None:
    log.committed([unit], [outcome], now_s)


def handle(log: EventLog, envelope: Envelope, consumer: str, now_s: float) -> None:
    commit(log, Unit(handled=(Handled(consumer, envelope.id),)), now_s)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> EventLog:
    """A log that turns events into columns in threes."""
    monkeypatch.setattr(event_log, "_ARCHIVE_AT", 3)
    return EventLog({"Rang": ["kitchen.cook", "kitchen.board"]}, Sampling(1.0, np.random.default_rng(1)))


def test_every_event_is_there_with_all_its_ids(log: EventLog) -> None:
    given = envelopes(10)
    for envelope in given:
        commit(log, Unit(outbox=(envelope,)), envelope.time)
    events = log.events()
    assert events["message_id"].tolist() == [envelope.id for envelope in given]
    assert events["correlation_id"].tolist() == [envelope.correlation_id for envelope in given]
    assert events["causation_id"].tolist() == [envelope.causation_id or "" for envelope in given]
    assert events["order_id"].tolist() == list(range(10))
    assert events["published_s"].isna().all()
    assert all(before.id < after.id for before, after in pairwise(given))


def test_what_was_not_committed_was_not_stated(log: EventLog) -> None:
    commit(log, Unit(outbox=tuple(envelopes(4))), 1.0, Outcome.CONFLICT)
    assert len(log) == len(log.events()) == 0


@pytest.mark.parametrize("late", [0, 7])
def test_an_event_counts_as_published_the_first_time_however_late_the_second_comes(log: EventLog, late: int) -> None:
    first, *others = envelopes(8)
    commit(log, Unit(outbox=(first,)), 0.0)
    log.published([first], 1.5)
    handle(log, first, "kitchen.cook", 2.0)
    handle(log, first, "kitchen.board", 2.0)
    for envelope in others[:late]:
        commit(log, Unit(outbox=(envelope,)), envelope.time)
    log.published([first], 9.0)
    assert len(log) == 1 + late
    published_s = log.events()["published_s"]
    assert published_s[0] == 1.5
    assert published_s[1:].isna().all()


@pytest.mark.parametrize("late", [0, 7])
def test_handlings_find_their_event_however_late_they_come(log: EventLog, late: int) -> None:
    first, *others = envelopes(8)
    commit(log, Unit(outbox=(first,)), 0.0)
    log.published([first], 1.0)
    for envelope in others[:late]:
        commit(log, Unit(outbox=(envelope,)), envelope.time)
    handle(log, first, "kitchen.cook", 10.0)
    handle(log, first, "kitchen.board", 11.0)
    # Once more, as after a purge of the inbox, when nothing was left to wait for.
    handle(log, first, "kitchen.cook", 12.0)
    assert list(log.handlings_frame().itertuples(index=False, name=None)) == [
        (0, "kitchen.cook", 10.0),
        (0, "kitchen.board", 11.0),
        (0, "kitchen.cook", 12.0),
    ]


def test_what_is_published_without_a_commit_is_an_event_all_the_same(log: EventLog) -> None:
    given = envelopes(9)
    for envelope in given:
        log.published([envelope], envelope.time + 0.5)
    log.published(given[:2], 99.0)
    events = log.events()
    assert events["message_id"].tolist() == [envelope.id for envelope in given]
    assert events["published_s"].tolist() == [envelope.time + 0.5 for envelope in given]


def test_a_mark_for_a_message_that_nobody_stated_is_no_handling(log: EventLog) -> None:
    commit(log, Unit(outbox=tuple(envelopes(4))), 1.0)
    commit(log, Unit(handled=(Handled("kitchen.cook", "0" * 8 + "-0000-7000-8000-" + "0" * 11 + "1"),)), 2.0)
    assert log.handlings == 0


def test_an_id_that_lies_across_two_others_is_not_taken_for_one(log: EventLog) -> None:
    given = envelopes(3)
    commit(log, Unit(outbox=tuple(given)), 1.0)
    # The last half of an event's id and the first of its correlation id.
    digits = given[0].id.replace("-", "")[16:] + given[0].correlation_id.replace("-", "")[:16]
    commit(log, Unit(handled=(Handled("kitchen.cook", digits),)), 2.0)
    # And an id that is there, but as what began the conversation.
    commit(log, Unit(handled=(Handled("kitchen.cook", given[0].correlation_id),)), 2.0)
    assert log.handlings == 0


def test_events_without_subscribers_are_done_once_they_are_published(log: EventLog) -> None:
    unheard = [replace(envelope, type="Sang") for envelope in envelopes(7)]
    for envelope in unheard:
        commit(log, Unit(outbox=(envelope,)), envelope.time)
        log.published([envelope], envelope.time)
    assert not log.events()["published_s"].isna().any()
    assert math.isfinite(log.events()["time_s"].sum())
