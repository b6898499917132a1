"""Which partition a key belongs to, and which member of a group reads which partitions: the same for every broker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

Member = TypeVar("Member")

_UINT32 = 0xFFFF_FFFF


def murmur2(data: bytes) -> int:
    """Hash bytes to 32 bits as Kafka's default partitioner does.

    Austin Appleby's MurmurHash2 with the seed of `org.apache.kafka.common.utils.Utils.murmur2`; the value is the
    unsigned reading of what that method returns.
    """
    factor = 0x5BD1E995
    value = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * factor & _UINT32
        word = (word ^ word >> 24) * factor & _UINT32
        value = value * factor & _UINT32 ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * factor & _UINT32
    value = (value ^ value >> 13) * factor & _UINT32
    return value ^ value >> 15


@lru_cache(maxsize=65_536)
def partition_of(key: int, partitions: int) -> int:
    """Give the partition of a key: Kafka's, for a record whose key is the number's decimal text.

    Args:
        key: the partition key, a message's correlation key.
        partitions: how many partitions the topic has.
    """
    return (murmur2(b"%d" % key) & 0x7FFF_FFFF) % partitions


def assign(owners: Sequence[Member | None], members: Sequence[Member]) -> list[Member | None]:
    """Share partitions out evenly among a group's members, moving as few as possible.

    Args:
        owners: for each partition, the member that reads it at present, if one does.
        members: who is in the group now, in the order of joining.

    Returns:
        For each partition its owner from now on; None throughout if there are no members. The same arguments always
        give the same result, and no two members' shares differ by more than one.
    """
    if not members:
        return [None] * len(owners)
    share, extra = divmod(len(owners), len(members))
    held = Counter(owner for owner in owners if owner is not None)
    # Whoever holds most keeps the odd ones, so that fewest move; `sorted` is stable, so the earlier member goes first.
    by_holding = sorted(members, key=lambda member: -held[member])
    room = {member: share + (rank < extra) for rank, member in enumerate(by_holding)}
    result: list[Member | None] = []
    for owner in owners:
        stays = owner is not None and room.get(owner, 0) > 0
        if owner is not None and stays:
            room[owner] -= 1
        result.append(owner if stays else None)
    seats = (member for member in members for _ in range(room[member]))
    return [owner if owner is not None else next(seats) for owner in result]
