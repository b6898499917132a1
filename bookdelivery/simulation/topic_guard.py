"""What stands between the members of consumer groups and a broker that may be out of reach."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bookdelivery.adapters.brokers.memory import MemorySubscription
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import Delivery
from bookdelivery.simulation.troubles import Troubles

if TYPE_CHECKING:
    from bookdelivery.simulation.topic import SimulatedBroker


class Guard:
    """Stands between a member of a consumer group and the broker where something can be wrong between them.

    Args:
        caller: whose members: a context's, or people's.
        broker: the topic.
        troubles: say whether it can be reached.
        session_timeout_s: seconds after which the broker gives up on a member that it does not hear from.
        loop: the world's, which never dies.
    """

    def __init__(
        self,
        caller: str,
        broker: SimulatedBroker,
        troubles: Troubles,
        session_timeout_s: float,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._caller = caller
        self._broker = broker
        self._troubles = troubles
        self._session_timeout_s = session_timeout_s
        self._loop = loop

    def check(self) -> None:
        """See that the broker can be reached.

        Raises:
            Unavailable: it cannot.
        """
        self._troubles.check_broker(self._caller)

    async def wait_for_rebalance(self, member: MemorySubscription) -> None:
        """Wait until nobody has joined or left a member's group for a while."""
        while (pause_s := self._broker.pause_s(member)) > 0:  # noqa: ASYNC110, since time is what ends it
            await asyncio.sleep(pause_s)

    def joined(self, member: MemorySubscription) -> None:
        """Say that a member has joined its group."""
        self._broker.rebalanced(member)

    async def leave(self, member: MemorySubscription) -> None:
        """Have a member leave its group, or be missed in time."""
        try:
            self.check()
        except Unavailable:
            self._loop.call_later(self._session_timeout_s, self._miss, member)
        else:
            await member.close()
            self._broker.rebalanced(member)

    def _miss(self, member: MemorySubscription) -> None:
        self._broker.expel(member)


class GuardedSubscription:
    """A membership of a consumer group where the broker may be out of reach, or the group at odds.

    Args:
        subscription: the membership.
        guard: knows.
    """

    def __init__(self, subscription: MemorySubscription, guard: Guard) -> None:
        self._subscription = subscription
        self._guard = guard

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages; see `Subscription.fetch`. What is fetched while nobody may have it is handed out later."""
        self._guard.check()
        await self._guard.wait_for_rebalance(self._subscription)
        deliveries = await self._subscription.fetch(limit)
        await self._guard.wait_for_rebalance(self._subscription)
        self._guard.check()
        return deliveries

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge; see `Subscription.acknowledge`."""
        self._guard.check()
        await self._subscription.acknowledge(deliveries)

    async def close(self) -> None:
        """Leave the group, as far as the broker can be told."""
        await self._guard.leave(self._subscription)
