"""Consumer groups in Redis: who is a member, who reads which partition, and how far each group is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from bookdelivery.adapters.brokers.partitions import assign
from bookdelivery.adapters.brokers.redis_streams.connection import Connection


@attrs.frozen
class Assigned:
    """A partition that a member reads.

    Attributes:
        epoch: counts up whenever the partition changes hands, so that late acknowledgements can be told.
        done: the offset up to which the group has acknowledged it.
    """

    epoch: int
    done: int


class Groups:
    """All groups that read one topic.

    Redis has consumer groups of its own, but those hand each message to whichever member asks, and so keep no order per
    key. Here members share partitions out among themselves: each shows life by a key that expires, and whoever sees one
    missing gives its partitions to the others, as one transaction that begins anew if somebody else was faster.

    Args:
        connection: the Redis.
        partitions: how many the topic has.
        lease_s: seconds of silence after which a member is gone.
    """

    def __init__(self, connection: Connection, partitions: int, lease_s: float) -> None:
        self._connection = connection
        self._partitions = partitions
        self._lease_ms = round(lease_s * 1000)
        script = Path(__file__).with_name("acknowledge.lua").read_text()
        self._acknowledge = connection.redis.register_script(script)

    async def join(self, group: str) -> int:
        """Add a member; it gets its share of the partitions, and a number that is never given again."""
        key, ask = self._connection.key, self._connection.ask
        await ask(self._connection.redis.sadd(key("groups"), group))
        member: int = await ask(self._connection.redis.incr(key("members")))
        await self.show_life(group, member)
        await self._share_out(group, joins=member)
        return member

    async def leave(self, group: str, member: int) -> None:
        """Take a member out; the others get its partitions."""
        await self._share_out(group, leaves=member)
        await self._connection.ask(self._connection.redis.delete(self._life(group, member)))

    async def show_life(self, group: str, member: int) -> None:
        """Show that a member lives."""
        await self._connection.ask(self._connection.redis.set(self._life(group, member), 1, px=self._lease_ms))

    async def remove_the_gone(self, group: str) -> None:
        """Take out members that show no life any more."""
        members = await self._members(group, self._connection.redis)
        alive = await self._alive(group, members, self._connection.redis)
        if len(alive) < len(members):
            await self._share_out(group)

    async def shares(self, group: str, member: int) -> Mapping[int, Assigned] | None:
        """Read what a member's share is at present; None if it is no member any more."""
        pipe = self._connection.redis.pipeline(transaction=True)
        pipe.sismember(self._connection.key("group", group, "members"), str(member))
        pipe.hgetall(self._connection.key("group", group, "owners"))
        pipe.hgetall(self._connection.key("group", group, "done"))
        is_member, owners, done = await self._connection.ask(pipe.execute())
        if not is_member:
            return None
        mine: dict[int, Assigned] = {}
        for partition, owner in owners.items():
            number, epoch = map(int, owner.split(b":"))
            if number == member:
                mine[int(partition)] = Assigned(epoch, int(done.get(partition, 0)))
        return mine

    async def acknowledge(self, group: str, member: int, ends: Mapping[int, tuple[int, int]]) -> None:
        """Note how far a member is; ignored for partitions that changed hands since the epoch it knows.

        Args:
            group: its group.
            member: its number.
            ends: by partition, the epoch and the offset after the last message done.
        """
        keys = [self._connection.key("group", group, "owners"), self._connection.key("group", group, "done")]
        words: list[object] = []
        for partition, (epoch, end) in ends.items():
            words += partition, f"{member}:{epoch}", end
        await self._connection.ask(self._acknowledge(keys=keys, args=words))

    async def done(self, group: str) -> Mapping[int, int]:
        """Read how far a group is with each partition; nothing of those it has acknowledged nothing of."""
        done = await self._connection.ask(self._connection.redis.hgetall(self._connection.key("group", group, "done")))
        return {int(partition): int(end) for partition, end in done.items()}

    async def names(self) -> Sequence[str]:
        """List the groups that ever read the topic."""
        names = await self._connection.ask(self._connection.redis.smembers(self._connection.key("groups")))
        return sorted(name.decode() for name in names)

    def changes(self, group: str) -> str:
        """Name the stream that gets an entry whenever the group's partitions are shared out anew."""
        return self._connection.key("group", group, "changes")

    def _life(self, group: str, member: int) -> str:
        return self._connection.key("group", group, "life", member)

    async def _members(self, group: str, redis: Any) -> list[int]:
        members = await self._connection.ask(redis.smembers(self._connection.key("group", group, "members")))
        # Numbers rise, so this is the order of joining.
        return sorted(map(int, members))

    async def _alive(self, group: str, members: Sequence[int], redis: Any) -> list[int]:
        if not members:
            return []
        lives = await self._connection.ask(redis.mget([self._life(group, member) for member in members]))
        return [member for member, life in zip(members, lives, strict=True) if life is not None]

    async def _share_out(self, group: str, *, joins: int | None = None, leaves: int | None = None) -> None:
        members_key = self._connection.key("group", group, "members")
        owners_key = self._connection.key("group", group, "owners")

        async def decide(pipe: Any) -> None:
            # Until `multi`, this reads; what is queued after it happens only if nothing that is watched has changed.
            members = await self._members(group, pipe)
            owners = {int(partition): owner for partition, owner in (await pipe.hgetall(owners_key)).items()}
            staying = [member for member in await self._alive(group, members, pipe) if member != leaves]
            if joins is not None and joins not in staying:
                staying.append(joins)
            held = [owners.get(partition, b"0:0").split(b":") for partition in range(self._partitions)]
            before = [int(member) if int(member) in staying else None for member, _ in held]
            after = assign(before, staying)
            moved = {
                partition: f"{after[partition] or 0}:{int(epoch) + 1}"
                for partition, (member, epoch) in enumerate(held)
                if (after[partition] or 0) != int(member)
            }
            pipe.multi()
            pipe.delete(members_key)
            if staying:
                pipe.sadd(members_key, *staying)
            if moved:
                pipe.hset(owners_key, mapping=moved)
            pipe.xadd(self.changes(group), {"members": len(staying)}, maxlen=1)

        await self._connection.ask(self._connection.redis.transaction(decide, members_key, owners_key))
