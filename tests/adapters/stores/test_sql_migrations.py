"""Tables are made and brought up to date, once, and refused where a newer release has been at work."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bookdelivery.adapters.conformance.samples import CODEC, note
from bookdelivery.adapters.stores.sql import SqlSettings, SqlStore, migrating
from bookdelivery.adapters.stores.sql.engines import make_engine, parsed
from bookdelivery.adapters.stores.sql.migrating import migrate
from bookdelivery.adapters.stores.sql.schema import SCHEMA_VERSION, name_of, tables_of
from bookdelivery.kernel.errors import InvalidField, UnusableStore
from bookdelivery.kernel.ports import Outcome, Unit
from tests.adapters.stores.databases import PATIENT, database
from tests.servers.urls import mariadb_url, postgres_url


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite+pysqlite:///{tmp_path}/shop.db"


def do(url: str, statement: str) -> Any:
    """Have a database do something behind the store's back."""
    engine = make_engine(parsed(url), PATIENT, writes=True)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        rows = result.all() if result.returns_rows else []
    engine.dispose()
    return rows


def use(url: str, settings: SqlSettings | None = None) -> None:
    """Commit something and read it again."""

    async def body() -> None:
        store = SqlStore(url, "notes", CODEC, settings)
        try:
            assert list(await store.commit([Unit((note(1),))])) == [Outcome.COMMITTED]
            assert await store.get("Note", 1) == note(1)
        finally:
            await store.close()

    asyncio.run(body())


def why_not(url: str, settings: SqlSettings | None = None) -> str:
    """Give the reason a store cannot be used for."""
    with pytest.raises(UnusableStore) as refusal:
        use(url, settings)
    return str(refusal.value)


def differences(url: str) -> list[Any]:
    """Compare what the migrations made with what the store works on."""
    tables = tables_of("notes")
    engine = make_engine(parsed(url), PATIENT, writes=True)
    with engine.connect() as connection:
        options = {"version_table": tables.version.name, "include_name": lambda name, *_: name != "alembic_version"}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **options})
        found: list[Any] = compare_metadata(context, tables.metadata)
    engine.dispose()
    return found


def test_the_newest_migration_is_the_version_this_release_works_with() -> None:
    scripts = ScriptDirectory(str(Path(migrating.__file__).parent / "migrations"))
    assert scripts.get_heads() == [SCHEMA_VERSION]


def test_the_migrations_make_the_tables_that_the_store_works_on(file: str) -> None:
    assert migrate(file, "notes") == SCHEMA_VERSION
    assert differences(file) == []


@pytest.mark.services
@pytest.mark.parametrize("server", [postgres_url, mariadb_url], ids=["postgresql", "mariadb"])
def test_the_migrations_make_the_tables_that_the_store_works_on_on_servers(server: Any) -> None:
    with database(server) as url:
        migrate(url, "notes", PATIENT)
        assert differences(url) == []
        do(url, "DROP TABLE notes_schema_version")
        do(url, "DROP TABLE notes_ids")
        migrate(url, "notes", PATIENT)
        assert differences(url) == [], "a migration that was cut off half-way is taken up again"


@pytest.mark.services
@pytest.mark.parametrize("server", [postgres_url, mariadb_url], ids=["postgresql", "mariadb"])
def test_stores_that_start_together_make_their_tables_once(server: Any) -> None:
    with database(server) as url:

        async def body() -> None:
            stores = [SqlStore(url, "notes", CODEC, PATIENT) for _ in range(3)]
            outcomes = await asyncio.gather(*(store.commit([Unit((note(1),))]) for store in stores))
            assert sorted(outcome.name for (outcome,) in outcomes) == ["COMMITTED", "CONFLICT", "CONFLICT"]
            for store in stores:
                await store.close()

        asyncio.run(body())


def test_migrating_twice_or_by_two_at_once_keeps_what_is_there(file: str) -> None:
    use(file)
    threads = [threading.Thread(target=migrate, args=(file, "notes", PATIENT)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert do(file, "SELECT count(*) FROM notes_records") == [(1,)]


def test_tables_of_a_newer_release_are_refused_with_both_versions_and_left_alone(file: str) -> None:
    use(file)
    do(file, "UPDATE notes_schema_version SET version_num = '0099'")
    reason = why_not(file)
    assert "shop.db: the tables of notes are of version 0099, written by a newer release" in reason
    assert f"this one knows up to {SCHEMA_VERSION}" in reason
    with pytest.raises(UnusableStore, match="0099"):
        migrate(file, "notes")
    assert do(file, "SELECT version_num FROM notes_schema_version") == [("0099",)]


def test_who_may_not_migrate_says_so_and_makes_nothing(file: str) -> None:
    reason = why_not(file, SqlSettings(migrate=False))
    assert "notes has no tables yet; migrate it before, or allow it with SqlSettings(migrate=True)" in reason
    assert do(file, "SELECT name FROM sqlite_master") == []
    migrate(file, "notes")
    use(file, SqlSettings(migrate=False))


def test_a_file_that_is_no_database_is_said(tmp_path: Path, file: str) -> None:
    (tmp_path / "shop.db").write_text("Dear customer, " * 100)
    assert "it is no SQLite database" in why_not(file)


def test_contexts_share_a_database_without_seeing_each_others_data(file: str) -> None:
    async def body() -> None:
        stock, billing = (SqlStore(file, name, CODEC) for name in ("stock", "billing"))
        await stock.commit([Unit((note(1),))])
        assert await billing.get("Note", 1) is None
        assert list(await billing.commit([Unit((note(1, text="billing's"),))])) == [Outcome.COMMITTED]
        assert await stock.get("Note", 1) == note(1)
        await stock.close()
        await billing.close()

    asyncio.run(body())


@pytest.mark.parametrize("context", ["", "Order", 'order"; --', "1st", "주문", "x" * 41])
def test_a_context_whose_name_cannot_be_a_tables_is_refused(file: str, context: str) -> None:
    with pytest.raises(InvalidField, match=r"SqlStore\.context is"):
        SqlStore(file, context, CODEC)


@pytest.mark.parametrize(
    "settings", [{"readers": 0}, {"readers": 1.5}, {"connect_timeout_s": -1.0}, {"lock_timeout_s": float("nan")}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidField, match=next(iter(settings))):
        SqlSettings(**settings)


def test_ids_that_a_database_could_not_tell_apart_or_hold_are_kept_as_digests() -> None:
    ids = ["m", "m ", "m\0", "M", "m" * 300, "m" * 301, "sha256:m", "한글"]
    names = [name_of(id) for id in ids]
    assert len(set(names)) == len(ids)
    assert all(len(name) <= 100 and "\0" not in name and not name.endswith(" ") for name in names)
    assert name_of("m") == "m"
    assert name_of("한글") == "한글"


def test_a_column_without_its_metadata_is_found_out(file: str) -> None:
    migrate(file, "notes")
    do(file, "ALTER TABLE notes_records ADD COLUMN colour TEXT")
    assert [kind for kind, *_ in differences(file)] == ["remove_column"]
