"""What the store in SQL reads of its tables does not grow with them, even before the server has looked at them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.stores.sql import SqlStore
from bookdelivery.kernel.ports import Handled, Unit
from tests.adapters.stores.databases import PATIENT, database, fresh_context
from tests.servers.urls import postgres_url

pytestmark = pytest.mark.services

CONTEXT = fresh_context()
ROWS = 4_000
AT_ONCE = 50
ROUNDS = 12


@pytest.fixture(name="url")
def fixture_url() -> Iterator[str]:
    with database(postgres_url) as url:
        yield url


def units(first: int, number: int) -> list[Unit]:
    return [
        Unit((note(key),), (envelope(key),), (Handled("notes.reads", f"message of {key}"),))
        for key in range(first, first + number)
    ]


def rows_read(url: str) -> int:
    """Count what all sessions together have read of the tables, once those have ended, which is when they tell it."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.05)
        read = connection.execute(
            "SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE %s",
            [f"{CONTEXT}%"],
        ).fetchone()
    assert read is not None
    return int(read[0])


async def grow(url: str) -> None:
    store = SqlStore(url, CONTEXT, CODEC, PATIENT)
    await store.waiting(1)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("records", "outbox", "inbox"):
            connection.execute(f"ALTER TABLE {CONTEXT}_{table} SET (autovacuum_enabled = off)")
    for first in range(1, ROWS, 500):
        await store.commit(units(first, 500))
    await store.close()


async def work(url: str) -> None:
    store = SqlStore(url, CONTEXT, CODEC, PATIENT)
    for number in range(ROUNDS):
        first = ROWS + 1 + number * AT_ONCE
        await store.get_many([("Note", key) for key in range(first - AT_ONCE, first)])
        await store.commit(units(first, AT_ONCE))
        waiting = await store.sealed(limit=AT_ONCE)
        await store.mark_sent([one.position for one in waiting], at=1.0)
        await store.due(["Note", "Page"], now=2e12)
        await store.next_wake_up(["Note", "Page"])
    await store.close()


def test_what_is_read_for_a_commit_is_what_it_is_about_however_large_the_tables_have_grown(url: str) -> None:
    asyncio.run(grow(url))
    before = rows_read(url)
    asyncio.run(work(url))
    # Some rows for each record and event, and not the thousands that are there.
    assert rows_read(url) - before < ROUNDS * AT_ONCE * 10
