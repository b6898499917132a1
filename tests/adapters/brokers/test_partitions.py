"""Keys find their partitions as in Kafka, and members share partitions fairly, with few moves."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.adapters.brokers.partitions import assign, murmur2, partition_of


# The values are those of Kafka's own UtilsTest.testMurmur2.
@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_kafkas(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed % 2**32


def test_a_hash_that_java_takes_for_negative_loses_its_sign_bit() -> None:
    hash_of_21 = -973932308
    assert partition_of(21, 7) == (hash_of_21 & 0x7FFFFFFF) % 7 != hash_of_21 % 2**32 % 7


def test_keys_spread_over_all_partitions() -> None:
    spread = Counter(partition_of(key, 12) for key in range(1, 12_001))
    assert set(spread) == set(range(12))
    assert max(spread.values()) < 1.2 * min(spread.values())


def test_nobody_reads_where_there_are_no_members() -> None:
    assert assign(["gone", None], []) == [None, None]


def test_the_first_member_reads_everything() -> None:
    assert assign([None, None, None], ["a"]) == ["a", "a", "a"]


def test_a_newcomer_takes_only_its_own_share() -> None:
    assert assign(["a", "a", "a", "b", "b", "b"], ["a", "b", "c"]) == ["a", "a", "c", "b", "b", "c"]


def test_who_holds_more_keeps_the_odd_partition() -> None:
    assert assign(["b", "b", "a"], ["a", "b"]) == ["b", "b", "a"]


OWNERS = st.lists(st.sampled_from([None, *"abcdefg"]), min_size=1, max_size=30)
MEMBERS = st.lists(st.sampled_from("abcdefg"), unique=True, min_size=1, max_size=7)


@given(OWNERS, MEMBERS)
def test_shares_are_even_and_as_few_partitions_move_as_that_allows(
    owners: list[str | None], members: list[str]
) -> None:
    after = assign(owners, members)
    shares = Counter(dict.fromkeys(members, 0))
    shares.update(owner for owner in after if owner is not None)
    assert set(shares) == set(members)
    assert max(shares.values()) - min(shares.values()) <= 1
    assert after == assign(owners, members)

    share, extra = divmod(len(owners), len(members))
    held = sorted((owners.count(member) for member in members), reverse=True)
    could_stay = sum(min(count, share + (rank < extra)) for rank, count in enumerate(held))
    assert sum(old == new for old, new in zip(owners, after, strict=True) if old in members) == could_stay
