"""The shop as its visitors see it: requests that are answered, or not, and written down."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import simpy

from bookdelivery.application.composition import Composition
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField, Overloaded, Refused
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation.faults import CUSTOMERS
from bookdelivery.simulation.network import GaveUp, SimulatedNetwork, Work
from bookdelivery.simulation.recording import order_of
from bookdelivery.simulation.tables import Table
from bookdelivery.simulation.workers import TurnedAway

Reply = TypeVar("Reply")


class ShopFront:
    """Takes visitors' requests to the contexts (see `Shop`).

    Args:
        env: tells the time.
        composition: says which context handles what.
        network: on which they travel.
        requests: where they are written down.
    """

    def __init__(
        self, env: simpy.Environment, composition: Composition, network: SimulatedNetwork, requests: Table
    ) -> None:
        self._env = env
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
        return self._send(kind, order_of(command), context, command, None, timeout_s, outcome)

    def look(self, view: str, key: int, timeout_s: float) -> Coroutine[Any, Any, Any]:
        """Read a view's row; see `Shop.look`.

        Raises:
            InvalidField: no context has this view.
        """
        context = self._views.get(view)
        if context is None:
            raise InvalidField("look", "view", view, f"one of {', '.join(self._views) or 'none: there are no views'}")
        return self._send("look", key, context, None, lambda pod: pod.service.look(view, key), timeout_s, None)

    async def _send(
        self,
        kind: str,
        key: int,
        context: str,
        command: Command[Any] | None,
        work: Work | None,
        timeout_s: float,
        outcome: Callable[[Any], str] | None,
    ) -> Any:
        env = self._env
        arrived = env._now
        reply = None
        try:
            reply = await self._network.carry(CUSTOMERS, context, command, work, timeout_s)
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
        finished = env._now
        self._requests.add((kind, key, context, arrived, finished, finished - arrived, result))
        return reply
