"""Members in processes that are killed, or paused for longer than anybody waits: others go on, and nothing is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from bookdelivery.adapters.conformance.broker_factory import share
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.kernel.ports import Broker
from bookdelivery.services.brokers import open_broker
from bookdelivery.services.stores import SqliteFiles
from tests.adapters.brokers.elsewhere import Member, member_elsewhere
from tests.adapters.brokers.topics import topic_on

pytestmark = [pytest.mark.services, pytest.mark.parametrize("kind", ["kafka", "redis"])]

PATIENCE_S = 200.0
MISSED_AFTER_S = 6.0


def with_broker(url: str, body: Callable[[Broker, Member], Awaitable[None]]) -> None:
    """Run a test's body on a broker here and a member elsewhere."""

    async def run() -> None:
        broker = open_broker(url, CODEC, SqliteFiles())
        try:
            with member_elsewhere(url) as elsewhere:
                async with asyncio.timeout(PATIENCE_S):
                    await body(broker, elsewhere)
        finally:
            await broker.close()

    asyncio.run(run())


def test_what_a_killed_process_had_fetched_goes_to_others(kind: str) -> None:
    async def body(broker: Broker, elsewhere: Member) -> None:
        await broker.publish([envelope(key) for key in range(60)])
        assert await elsewhere.does("fetch 60") == "60"
        elsewhere.process.kill()
        heir = await broker.subscribe("stock")
        await share([heir], 60)
        assert await broker.lag("stock") == 0

    with topic_on(kind, 4, found_out_after_s=MISSED_AFTER_S) as url:
        with_broker(url, body)


def test_what_a_paused_process_acknowledges_too_late_does_not_count(kind: str) -> None:
    async def body(broker: Broker, elsewhere: Member) -> None:
        await broker.publish([envelope(key) for key in range(60)])
        assert await elsewhere.does("fetch 60") == "60"
        elsewhere.process.send_signal(signal.SIGSTOP)
        heir = await broker.subscribe("stock")
        taken_over = 0
        while taken_over < 60:
            taken_over += len(await heir.fetch())
        elsewhere.process.send_signal(signal.SIGCONT)
        assert await elsewhere.does("acknowledge") == "acknowledged"
        assert await broker.lag("stock") == 60
        # It comes back once it asks for more, and both together finish.
        coming = asyncio.create_task(elsewhere.does("fetch 1"))
        await broker.publish([envelope(key) for key in range(60)])
        while not coming.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await heir.fetch()
        assert int(coming.result()) >= 1
        assert await elsewhere.does("acknowledge") == "acknowledged"

    with topic_on(kind, 4, found_out_after_s=MISSED_AFTER_S) as url:
        with_broker(url, body)
