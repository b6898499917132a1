"""Circuit breakers are seen to open, as a service's metrics tell."""

from __future__ import annotations

import asyncio

from bookdelivery.resilience import BreakerState
from bookdelivery.services.drill.breakers import BreakerWatch
from bookdelivery.services.drill.ports import HOST, free_ports
from tests.services.drill.test_entrance import listening, saying


def page(state: BreakerState, refused: int) -> bytes:
    """Write what `/metrics` tells of one breaker."""
    lines = ["# TYPE bookdelivery_breaker_state gauge"]
    for one in BreakerState:
        told = f'context="order",breaker="Pay",state="{one.value}"'
        lines.append(f"bookdelivery_breaker_state{{{told}}} {int(one is state)}.0")
    lines += [
        "# TYPE bookdelivery_breaker_refused_total counter",
        f'bookdelivery_breaker_refused_total{{context="order",breaker="Pay"}} {refused}.0',
    ]
    return "\n".join([*lines, ""]).encode()


async def seen(*pages: bytes) -> BreakerWatch:
    """Look at each page once, and then where nobody answers."""
    port = free_ports(1)
    watch = BreakerWatch([f"http://{HOST}:{port}"], look_every_s=3600)
    async with watch:
        for one in pages:
            async with listening(saying(one), port=port):
                await watch.look()
        await watch.look()
    return watch


def test_one_that_was_open_is_remembered_also_when_it_is_closed_again_or_its_service_gone() -> None:
    async def body() -> None:
        watch = await seen(page(BreakerState.OPEN, 0), page(BreakerState.CLOSED, 0))
        assert (watch.opened, watch.standing) == ({"Pay"}, {"Pay": BreakerState.CLOSED})

    asyncio.run(body())


def test_one_that_held_a_call_off_between_two_looks_was_open() -> None:
    async def body() -> None:
        assert (await seen(page(BreakerState.CLOSED, 0))).opened == set()
        assert (await seen(page(BreakerState.CLOSED, 3))).opened == {"Pay"}

    asyncio.run(body())
