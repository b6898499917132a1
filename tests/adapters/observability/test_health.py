"""Whether a process is ready: what it depends on is really asked, in time, and not more often than need be."""

from __future__ import annotations

import asyncio

from bookdelivery.adapters.observability.health import Health, Phase
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from tests.virtual import run_virtual


class Database:
    """Something to depend on, which may be away, and may be slow."""

    def __init__(self) -> None:
        self.asked = 0
        self.problem: Exception | None = None
        self.takes_s = 0.0

    async def ask(self) -> None:
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        if self.problem is not None:
            raise self.problem


def test_a_process_is_ready_when_it_serves_and_all_it_depends_on_answers() -> None:
    async def body() -> None:
        database = Database()
        health = Health({"store": database.ask}, fresh_s=1.0)
        assert (await health.readiness())[0] is False
        health.phase = Phase.SERVING
        assert await health.readiness() == (
            True,
            {"ready": True, "phase": "serving", "checks": {"store": {"ok": True, "ms": 0.0}}},
        )
        health.phase = Phase.DRAINING
        assert (await health.readiness())[0] is False

    run_virtual(body())


def test_what_is_away_is_told_with_the_reason_and_what_is_back_is_noticed() -> None:
    async def body() -> None:
        database, broker = Database(), Database()
        health = Health({"store": database.ask, "broker": broker.ask}, fresh_s=1.0)
        health.phase = Phase.SERVING
        broker.problem = Unavailable("kafka:9092 cannot be reached")
        ready, document = await health.readiness()
        assert ready is False
        assert document["checks"]["store"]["ok"] is True
        assert document["checks"]["broker"] == {"ok": False, "ms": 0.0, "problem": "kafka:9092 cannot be reached"}
        broker.problem = None
        await asyncio.sleep(1.0)
        assert (await health.readiness())[0] is True

    run_virtual(body())


def test_only_what_waiting_cannot_mend_is_hopeless() -> None:
    async def body() -> None:
        away, closed = Database(), Database()
        away.problem, closed.problem = Unavailable("away"), UnusableStore("db", "wrong user or password")
        found = await Health({"away": away.ask, "closed": closed.ask}).findings()
        assert (found["away"].is_hopeless, found["closed"].is_hopeless) == (False, True)

    run_virtual(body())


def test_however_many_ask_a_dependency_is_asked_once_a_second() -> None:
    async def body() -> None:
        database = Database()
        database.takes_s = 0.1
        health = Health({"store": database.ask}, fresh_s=1.0)
        await asyncio.gather(*(health.readiness() for _ in range(20)))
        await health.readiness()
        assert database.asked == 1
        await asyncio.sleep(1.0)
        await health.readiness()
        assert database.asked == 2

    run_virtual(body())


def test_what_hangs_now_is_told_with_what_stood_against_it_before() -> None:
    async def body() -> None:
        database = Database()
        database.problem = Unavailable("nobody listens")
        health = Health({"store": database.ask}, timeout_s=2.0)
        await health.findings()
        await asyncio.sleep(1.0)
        database.takes_s = 10.0
        assert (await health.findings())["store"].problem == "no answer within 2 s; before that: nobody listens"

    run_virtual(body())


def test_what_hangs_is_not_there_and_is_not_asked_again_and_again() -> None:
    async def body() -> None:
        database = Database()
        database.takes_s = 10.0
        health = Health({"store": database.ask}, timeout_s=2.0)
        for _ in range(3):
            _, document = await health.readiness()
            assert document["checks"]["store"]["problem"] == "no answer within 2 s"
        assert database.asked == 1
        await asyncio.sleep(10.0)
        assert (await health.findings())["store"].problem is None
        assert database.asked == 1

    run_virtual(body())
