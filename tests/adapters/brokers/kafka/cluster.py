"""What the tests know of the Kafka that only its administrator sees."""

from __future__ import annotations

import asyncio
import struct

import attrs
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec


@attrs.frozen
class Group:
    """A consumer group at one moment.

    Attributes:
        is_stable: whether nothing is about to change, as far as the group knows.
        shares: by member id, the partitions it reads.
    """

    is_stable: bool
    shares: dict[str, set[int]]


@attrs.define
class Cluster:
    """Looks at a Kafka, and does to a group what its coordinator would."""

    servers: str
    admin: AdminClient = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.servers})

    async def group(self, group_id: str) -> Group:
        """Look at a group."""
        found = await asyncio.wrap_future(self.admin.describe_consumer_groups([group_id])[group_id])
        shares = {
            member.member_id: {place.partition for place in member.assignment.topic_partitions}
            for member in found.members
        }
        return Group(found.state == ConsumerGroupState.STABLE, shares)

    async def has_read_all(self, topic: str, group_id: str, positions: dict[int, int]) -> bool:
        """Say whether a member with these positions has nothing more to fetch."""
        places = [TopicPartition(topic, partition) for partition in positions]
        if not places:
            return True
        asked = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group_id, places)])
        committed = (await asyncio.wrap_future(asked[group_id])).topic_partitions
        ends = self.admin.list_offsets(dict.fromkeys(places, OffsetSpec.latest()))
        for place in committed:
            end = (await asyncio.wrap_future(ends[TopicPartition(topic, place.partition)])).offset
            if max(place.offset, positions[place.partition]) < end:
                return False
        return True

    async def leave_for(self, group_id: str, member_id: str) -> None:
        """Take a member out of its group behind its back, as happens to one that gives no sign of life.

        Nobody's client has a call for this, so it is LeaveGroup, version 3, by hand:
        https://kafka.apache.org/protocol.html#The_Messages_LeaveGroup.
        """
        leave_group, version, correlation = 13, 3, 7
        members = struct.pack(">i", 1) + _string(member_id) + struct.pack(">h", -1)
        request = struct.pack(">hhi", leave_group, version, correlation) + _string("test") + _string(group_id) + members
        host, port = self.servers.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        answer = await reader.readexactly(size)
        writer.close()
        await writer.wait_closed()
        _, _, error = struct.unpack(">iih", answer[:10])
        # What happened to each member ends with its error code, after its names.
        (of_member,) = struct.unpack(">h", answer[-2:])
        assert (error, of_member) == (0, 0), f"the group did not let {member_id} go: {answer!r}"


def _string(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()
