"""The servers that `bookdelivery serve` runs beside the contexts, each in a process of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import attrs

from bookdelivery.services.config import Config
from bookdelivery.services.extras import needing


@attrs.frozen
class Beside:
    """A server that is no context.

    Attributes:
        serve: serves until the process is asked to end. It imports what it needs when it is called, as that may belong
            to an extra.
        port: gives the port it listens on.
        in_all: says whether `serve all` starts it.
    """

    serve: Callable[[Config], Awaitable[None]]
    port: Callable[[Config], int]
    in_all: Callable[[Config], bool]


async def _gateway(config: Config) -> None:
    with needing("gateway", "bookdelivery serve gateway"):
        from bookdelivery.services.gateway_serving import serve_gateway  # noqa: PLC0415

    await serve_gateway(config)


async def _authorization(config: Config) -> None:
    with needing("authorization", "bookdelivery serve authorization"):
        from bookdelivery.services.authorization import serve_authorization  # noqa: PLC0415

    await serve_authorization(config)


BESIDE: Mapping[str, Beside] = {
    "gateway": Beside(
        serve=_gateway,
        port=lambda config: config.gateway.port,
        in_all=lambda config: bool(config.security.issuer) or config.authorization.development,
    ),
    "authorization": Beside(
        serve=_authorization,
        port=lambda config: config.authorization.port,
        in_all=lambda config: config.authorization.development,
    ),
}
"""By the name that `bookdelivery serve NAME` takes."""
