"""Servers that end and come back, refuse us, or are not there: said in our words, and lived through."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis import Redis

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.stores.redis import RedisSettings, RedisStore
from bookdelivery.adapters.stores.sql import SqlSettings, SqlStore
from bookdelivery.adapters.stores.sql.engines import make_engine, parsed
from bookdelivery.adapters.stores.sql.schema import tables_of
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Handled, Outcome, Store, Unit
from tests.adapters.stores.databases import PATIENT, database, fresh_context, tables_for
from tests.adapters.stores.own_servers import own_server
from tests.adapters.stores.workers import marked, opened
from tests.servers.urls import mariadb_url, postgres_url, redis_url

pytestmark = pytest.mark.services

URLS = {"postgresql": postgres_url, "mariadb": mariadb_url, "redis": redis_url}


async def until(condition: Callable[[], bool], working: asyncio.Task[None]) -> None:
    """Wait for what somebody's work brings about."""
    async with asyncio.timeout(200):
        while not condition():
            if working.done():
                await working
            await asyncio.sleep(0.01)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(URLS))
def test_a_server_killed_under_a_working_store_costs_no_acknowledged_commit(name: str, tmp_path: Path) -> None:
    async def work(store: Store, acknowledged: list[int], in_doubt: list[int]) -> None:
        key = 0
        while True:
            key += 1
            try:
                assert list(await store.commit([marked(key)])) == [Outcome.COMMITTED]
                acknowledged.append(key)
            except Unavailable:
                in_doubt.append(key)
            await asyncio.sleep(0.02)

    async def body() -> None:
        with own_server(name, tmp_path) as server:
            store = opened(server.url, "notes")
            assert await store.get("Note", 1) is None
            acknowledged: list[int] = []
            in_doubt: list[int] = []
            working = asyncio.create_task(work(store, acknowledged, in_doubt))
            await until(lambda: len(acknowledged) >= 20, working)
            server.kill()
            await until(lambda: bool(in_doubt), working)
            with pytest.raises(Unavailable, match="cannot be reached or is busy"):
                await store.get("Note", 1)
            await asyncio.to_thread(server.start)
            before = len(acknowledged)
            await until(lambda: len(acknowledged) >= before + 20, working)
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            records = {record.key for record in await store.list("Note", limit=100_000)}
            assert set(acknowledged) <= records <= {*acknowledged, *in_doubt, max(acknowledged) + 1}
            assert {one.envelope.key for one in await store.log(limit=100_000)} == records
            marks = [Unit(handled=(Handled("stock", f"m{key}"),)) for key in sorted(records)]
            assert set(await store.commit(marks)) == {Outcome.DUPLICATE}
            await store.close()

    asyncio.run(body())


@pytest.mark.parametrize("name", list(URLS))
def test_connections_that_the_server_dropped_are_replaced(name: str) -> None:
    context = fresh_context()

    async def commit(store: Store, key: int) -> None:
        try:
            outcomes = await store.commit([marked(key)])
        except Unavailable:
            assert name == "redis", (
                "in SQL it is known that nothing was committed, so that is done again without a word"
            )
            outcomes = await store.commit([marked(key)])
        assert list(outcomes) == [Outcome.COMMITTED]

    async def body(url: str) -> None:
        store = opened(url, context)
        for round_ in range(1, 4):
            await commit(store, round_)
            assert await store.get("Note", round_) == note(round_)
            assert len(await store.list("Note")) == round_
            dropped = await asyncio.to_thread(DROP[name], url, context)
            assert dropped >= 1
        await commit(store, 4)
        await store.close()

    if name == "redis":
        asyncio.run(body(redis_url()))
    else:
        with database(postgres_url if name == "postgresql" else mariadb_url) as url:
            asyncio.run(body(url))


def drop_in_redis(url: str, context: str) -> int:
    """End every connection of a context's stores."""
    with Redis.from_url(url) as admin:
        known = [client["id"] for client in admin.client_list() if client["name"] == f"bookdelivery-{context}"]
        for number in known:
            admin.client_kill_filter(_id=number)
        return len(known)


def drop_in_postgresql(url: str, _: str) -> int:
    """End every other connection to a database."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
    with asking(url) as connection:
        return len(connection.execute(sa.text(others), {"name": parsed(url).database}).all())


def drop_in_mariadb(url: str, _: str) -> int:
    """End every other connection to a database."""
    others = "SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()"
    with asking(url) as connection:
        numbers = connection.execute(sa.text(others), {"name": parsed(url).database}).scalars().all()
        for number in numbers:
            connection.exec_driver_sql(f"KILL CONNECTION {int(number)}")
        return len(numbers)


DROP = {"postgresql": drop_in_postgresql, "mariadb": drop_in_mariadb, "redis": drop_in_redis}


@contextmanager
def asking(url: str) -> Iterator[sa.Connection]:
    """Have a connection to a database."""
    engine = make_engine(parsed(url), PATIENT, writes=False)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def why_not(url: str) -> str:
    """Give the reason a store cannot be used for; neither words nor causes may tell the password."""

    async def body() -> str:
        store = opened(url, "notes")
        try:
            with pytest.raises(UnusableStore) as refusal:
                await store.get("Note", 1)
            with pytest.raises(UnusableStore):
                await store.commit([marked(1)])
        finally:
            await store.close()
        return str(refusal.value)

    reason = asyncio.run(body())
    assert "hunter2" not in reason
    return reason


@pytest.mark.parametrize("name", list(URLS))
def test_a_wrong_password_is_said_without_it(name: str) -> None:
    assert "wrong user or password" in why_not(URLS[name]().replace(":bookdelivery@", ":hunter2@"))


def test_a_database_that_is_not_there_is_said() -> None:
    assert "/nowhere: there is no such database" in why_not(postgres_url("nowhere"))
    assert "/nowhere: there is no such database" in why_not(mariadb_url("nowhere"))


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_lock_held_for_too_long_is_said_and_later_work_goes_on(name: str) -> None:
    url, context = URLS[name](), fresh_context()

    async def body() -> None:
        settings = SqlSettings(connect_timeout_s=60, statement_timeout_s=120, lock_timeout_s=1)
        store = SqlStore(url, context, CODEC, settings)
        try:
            assert list(await store.commit([marked(1)])) == [Outcome.COMMITTED]
            with engine.begin() as other:
                other.execute(sa.select(tables_of(context).facts).with_for_update())
                with pytest.raises(Unavailable, match="is busy"):
                    await store.commit([marked(2)])
            assert await store.get("Note", 2) is None
            assert list(await store.commit([marked(2)])) == [Outcome.COMMITTED]
            assert len(await store.log()) == 2
        finally:
            await store.close()

    engine = make_engine(parsed(url), PATIENT, writes=True)
    with tables_for(url, context):
        asyncio.run(body())
    engine.dispose()


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_server_that_lets_no_more_connections_in_is_unavailable_and_one_that_does_again_is_used(name: str) -> None:
    guest = fresh_context()
    password = "a-guests"  # noqa: S105
    url = URLS[name]()
    theirs = url.replace("://bookdelivery:bookdelivery@", f"://{guest}:{password}@")
    assert theirs != url
    all_of_it, limited, unlimited, gone = _GUEST[name]

    async def body() -> None:
        # What another process of this user has open.
        taken = make_engine(parsed(theirs), PATIENT, writes=True)
        store = opened(theirs, guest)
        with taken.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            with pytest.raises(Unavailable, match=r"(?i)too many|max_user_connections"):
                await store.commit([marked(1)])
            do(unlimited)
            assert list(await store.commit([marked(1)])) == [Outcome.COMMITTED]
        taken.dispose()
        await store.close()

    engine = make_engine(parsed(url), PATIENT, writes=False)

    def do(statements: str) -> None:
        with engine.connect() as connection:
            for statement in statements.format(guest=guest, password=password).split(";"):
                connection.exec_driver_sql(statement)

    with tables_for(url, guest):
        do(all_of_it)
        try:
            do(limited)
            asyncio.run(body())
        finally:
            do(gone)
    engine.dispose()


_GUEST = {
    "postgresql": (
        "CREATE ROLE {guest} LOGIN PASSWORD '{password}'; GRANT bookdelivery TO {guest}",
        "ALTER ROLE {guest} CONNECTION LIMIT 1",
        "ALTER ROLE {guest} CONNECTION LIMIT -1",
        "DROP ROLE {guest}",
    ),
    "mariadb": (
        "CREATE USER '{guest}'@'%%' IDENTIFIED BY '{password}'; GRANT ALL ON bookdelivery.* TO '{guest}'@'%%'",
        "ALTER USER '{guest}'@'%%' WITH MAX_USER_CONNECTIONS 1",
        "ALTER USER '{guest}'@'%%' WITH MAX_USER_CONNECTIONS 50",
        "DROP USER '{guest}'@'%%'",
    ),
}
"""How a user is made, held to one connection, let go on, and removed."""


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "redis"])
def test_a_server_that_is_not_there_is_unavailable_and_named(scheme: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        url = f"{scheme}://user:hunter2@127.0.0.1:{port}/{0 if scheme == 'redis' else 'shop'}"

        async def body() -> str:
            store = opened(url, "notes")
            try:
                with pytest.raises(Unavailable) as refusal:
                    await store.commit([Unit((note(1),), (envelope(1),))])
            finally:
                await store.close()
            return str(refusal.value)

        reason = asyncio.run(body())
    assert f"user:***@127.0.0.1:{port}" in reason
    assert "cannot be reached" in reason
    assert "hunter2" not in reason


def test_keys_of_a_newer_release_in_redis_are_refused_with_both_versions() -> None:
    context = fresh_context()
    with Redis.from_url(redis_url()) as redis:
        redis.set(f"{{bookdelivery:{context}}}:format", 7)

    async def body() -> None:
        store = RedisStore(redis_url(), context, CODEC)
        try:
            with pytest.raises(UnusableStore, match=r"of version 7, written by a newer release; this one knows 1"):
                await store.get("Note", 1)
        finally:
            await store.close()

    asyncio.run(body())


def test_a_redis_that_forgets_or_is_full_is_refused(tmp_path: Path) -> None:
    async def use(url: str, settings: RedisSettings) -> None:
        store = RedisStore(url, fresh_context(), CODEC, settings)
        try:
            assert list(await store.commit([marked(1)])) == [Outcome.COMMITTED]
            assert await store.get("Note", 1) == note(1)
        finally:
            await store.close()

    forgetful = RedisSettings(allow_loss=True)
    with own_server("redis", tmp_path) as server, Redis.from_url(server.url) as redis:
        asyncio.run(use(server.url, RedisSettings()))
        redis.config_set("appendonly", "no")
        with pytest.raises(UnusableStore, match="it keeps no append-only file, so a restart loses everything"):
            asyncio.run(use(server.url, RedisSettings()))
        asyncio.run(use(server.url, forgetful))
        redis.config_set("maxmemory", "1")
        with pytest.raises(UnusableStore, match="its memory is full; nothing of this was written"):
            asyncio.run(use(server.url, forgetful))
        redis.config_set("appendonly", "yes")
        redis.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(UnusableStore, match=r"drops keys when its memory is full \(maxmemory-policy allkeys-lru\)"):
            asyncio.run(use(server.url, RedisSettings()))
