"""Message ids, and business ids embedded and replicated."""

import asyncio
import random
import re
import uuid
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds, ReplicaIds, Sequence
from bookdelivery.kernel.values import LARGEST_ID

NOON_S = 1_800_000_000.123
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SetClock:
    def __init__(self, now_s: float = NOON_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def message_ids(clock: SetClock, seed: int = 1) -> MessageIds:
    return MessageIds(clock, random.Random(seed))


def test_a_message_id_has_the_layout_of_a_uuid_of_version_7() -> None:
    text = message_ids(SetClock())()
    assert UUID_TEXT.fullmatch(text)
    parsed = uuid.UUID(text)
    assert parsed.version == 7
    assert parsed.variant == uuid.RFC_4122
    assert parsed.int >> 80 == int(NOON_S * 1000)


@given(st.lists(st.floats(min_value=-5.0, max_value=5.0), max_size=300), st.integers())
def test_message_ids_only_ever_grow_also_when_the_clock_steps_back(steps_s: list[float], seed: int) -> None:
    clock = SetClock()
    ids = message_ids(clock, seed)
    made = [ids()]
    for step_s in steps_s:
        clock.now_s += step_s
        made.append(ids())
    assert all(earlier < later for earlier, later in pairwise(made))


def test_tens_of_thousands_of_message_ids_in_one_millisecond_still_grow_and_keep_the_layout() -> None:
    ids = message_ids(SetClock())
    made = [ids() for _ in range(20_000)]
    assert all(earlier < later for earlier, later in pairwise(made))
    assert {uuid.UUID(text).version for text in made} == {7}
    assert {uuid.UUID(text).variant for text in made} == {uuid.RFC_4122}


def test_the_same_seed_and_times_give_the_same_message_ids() -> None:
    first, second, other = (message_ids(SetClock(), seed) for seed in (1, 1, 2))
    made = [first() for _ in range(50)]
    assert made == [second() for _ in range(50)]
    assert not set(made) & {other() for _ in range(50)}


def test_two_sources_without_a_seed_make_different_message_ids_at_the_same_time() -> None:
    first, second = MessageIds(SetClock()), MessageIds(SetClock())
    assert not {first() for _ in range(1000)} & {second() for _ in range(1000)}


def test_a_sequence_counts_up_from_1_for_each_kind() -> None:
    async def take() -> list[int]:
        ids = Sequence()
        return [await ids.next(kind) for kind in ("Order", "Order", "Payment", "Order")]

    assert asyncio.run(take()) == [1, 2, 1, 3]


def take_many(ids: ReplicaIds, number: int) -> list[int]:
    async def take() -> list[int]:
        return [await ids.next("Order") for _ in range(number)]

    return asyncio.run(take())


def test_replicas_never_give_the_same_id() -> None:
    clock = SetClock()
    replicas = [take_many(ReplicaIds(node, now=clock), 500) for node in (0, 1, 2, 1023)]
    assert len(set(chain.from_iterable(replicas))) == 4 * 500


@given(st.lists(st.floats(min_value=-10, max_value=10), max_size=100))
def test_a_replicas_ids_grow_whatever_its_clock_does(steps_s: list[float]) -> None:
    clock = SetClock()
    ids = ReplicaIds(7, now=clock)
    made = take_many(ids, 3)
    for step_s in steps_s:
        clock.now_s += step_s
        made += take_many(ids, 1)
    assert all(earlier < later for earlier, later in pairwise(made))
    assert all(0 < value <= LARGEST_ID for value in made)


def test_a_replica_that_restarts_goes_on_beyond_the_ids_it_gave_before() -> None:
    clock = SetClock()
    before = take_many(ReplicaIds(3, now=clock), 100)
    clock.now_s += 1.0
    after = take_many(ReplicaIds(3, now=clock), 100)
    assert max(before) < min(after)


def test_a_replicas_ids_stay_below_2_to_the_53_until_2157_and_then_say_so() -> None:
    last_good_s = ReplicaIds.EPOCH_S + 2**43 / ReplicaIds.TICKS_PER_SECOND - 1
    assert take_many(ReplicaIds(1023, now=SetClock(last_good_s)), 1)[0] <= LARGEST_ID
    with pytest.raises(InvalidField, match="2157"):
        take_many(ReplicaIds(0, now=SetClock(last_good_s + 2)), 1)


@pytest.mark.parametrize("node", [-1, 1024, 1.0, True, "1", None])
def test_a_replica_number_out_of_range_is_refused(node: object) -> None:
    with pytest.raises(InvalidField, match=r"ReplicaIds\.node is .*, but must be an integer from 0 to 1023"):
        ReplicaIds(node, now=SetClock())  # type: ignore[arg-type]
