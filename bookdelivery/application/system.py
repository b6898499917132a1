"""What is run, apart from where: the contexts, and what stands between them and their ports."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from bookdelivery.kernel.context import Context
from bookdelivery.kernel.ports import Broker, Store


def _as_it_is(context: Context, port: Store) -> Store:  # noqa: ARG001
    return port


def _broker_as_it_is(context: Context, port: Broker) -> Broker:  # noqa: ARG001
    return port


@attrs.frozen
class System:
    """The contexts of a system, ready to be run for real or simulated, and judged.

    Args:
        name: what to call it in reports.
        contexts: the bounded contexts.
        wrap_store: puts something around a context's store: a fault, a crash point, another way of committing.
        wrap_broker: the same for the broker as a context sees it.
    """

    name: str
    contexts: tuple[Context, ...]
    wrap_store: Callable[[Context, Store], Store] = _as_it_is
    wrap_broker: Callable[[Context, Broker], Broker] = _broker_as_it_is
