"""The shop as its visitors see it: requests that are answered, or not, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from bookdelivery.application.composition import Composition
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField, Overloaded, Refused
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation.faults import CUSTOMERS
from bookdelivery.simulation.network import GaveUp, SimulatedNetwork
from bookdelivery.simulation.tables import Table
from bookdelivery.simulation.workers import TurnedAway

T = TypeVar("T")
Reply = TypeVar("Reply")


class ShopFront:
    """Takes visitors' requests to the contexts (see `Shop`).

    Args:
        composition: says which context handles what.
        network: on which they travel.
        requests: where they are written down.
    """

    def __init__(self, composition: Composition, network: SimulatedNetwork, requests: Table) -> None:
        self._composition = composition
        self._network = network
        self._requests = requests
        self._views = {view: name for name, wired in composition.wired.items() for view in wired.views}

    def ask(
        self,
        kind: str,
        command: Command[Reply],
        timeout_s: float,
        outcome: Callable[[Reply], str] | None = None,
    ) -> Coroutine[Any, Any, Reply | None]:
        """Send a request; see `Shop.ask`."""
        context = self._composition.home(command)
        key = getattr(command, command.correlation_key, None) or 0
        return self._send(
            kind, key, context, partial(self._network.ask, CUSTOMERS, context, command, timeout_s), outcome
        )

    def look(self, view: str, key: int, timeout_s: float) -> Coroutine[Any, Any, Any]:
        """Read a view's row; see `Shop.look`.

        Raises:
            InvalidField: no context has this view.
        """
        context = self._views.get(view)
        if context is None:
            raise InvalidField("look", "view", view, f"one of {', '.join(self._views) or 'none: there are no views'}")
        read = partial(self._network.have_done, CUSTOMERS, context, lambda pod: pod.service.look(view, key), timeout_s)
        return self._send("look", key, context, read, None)

    async def _send(
        self,
        kind: str,
        key: int,
        context: str,
        send: Callable[[], Awaitable[T]],
        outcome: Callable[[T], str] | None,
    ) -> T | None:
        now = asyncio.get_running_loop().time
        arrived = now()
        reply: T | None = None
        try:
            reply = await send()
        except Refused:
            result = "refused"
        except (TurnedAway, Overloaded):
            result = "turned_away"
        except GaveUp:
            result = "timed_out"
        except BookdeliveryError:
            result = "failed"
        else:
            result = "answered" if outcome is None else outcome(reply)
        finished = now()
        self._requests.add((kind, key, context, arrived, finished, finished - arrived, result))
        return reply
