"""The tables of one context; each name begins with the context's, so that several may share a database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from bookdelivery.kernel.errors import InvalidField

SCHEMA_VERSION = "0001"
"""The newest migration in `migrations/versions`: what this release reads and writes."""

LAST_POSITION = "last_position"
"""The fact that says how many events were ever put into the outbox. Whoever commits locks its row, so that commits to
a context come one after the other and positions in their order."""

PURGED_BEFORE = "purged_before"

_LONGEST_NAME = 200

_MARIADB = ("mysql", "mariadb")


def name_type() -> sa.types.TypeEngine[str]:
    """Give the type of a name that is compared byte by byte."""
    exact = mysql.VARCHAR(_LONGEST_NAME, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(_LONGEST_NAME).with_variant(exact, *_MARIADB)


def text_type() -> sa.types.TypeEngine[str]:
    """Give the type of a text of any length."""
    return sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin"), *_MARIADB)


def bytes_type() -> sa.types.TypeEngine[bytes]:
    """Give the type of bytes of any length."""
    return sa.LargeBinary().with_variant(mysql.LONGBLOB(), *_MARIADB)


def name_of(text: str) -> str:
    """Give what stands for a text of any length and content in a column of names: itself, or its digest.

    PostgreSQL refuses the character 0, and MariaDB takes no notice of blanks at the end.
    """
    if len(text) > _LONGEST_NAME - 100 or "\0" in text or text.endswith(" ") or text.startswith("sha256:"):
        return f"sha256:{sha256(text.encode(errors='surrogatepass')).hexdigest()}"
    return text


def looked_up(
    wanted: Sequence[sa.Column[Any]],
    of: sa.ColumnElement[bool],
    column: sa.Column[Any],
    name: str,
    dialect: sa.Dialect,
) -> sa.Select[Any]:
    """Select the rows that have one of the values of the parameter `name`, a list, in a column.

    PostgreSQL takes the list as one value, which costs the driver a tenth of reading a statement with hundreds, and is
    made to look each value up by an index: of a table that has grown since it was last analyzed, it would otherwise
    read all rows that `of` fits, and hold every one of them against the list.

    Args:
        wanted: the columns to select.
        of: what else the rows have to fit; with the column it has to tell one row, by a unique index.
        column: the column.
        name: the parameter's.
        dialect: the database's.
    """
    if dialect.name != "postgresql":
        return sa.select(*wanted).where(of, column.in_(sa.bindparam(name, expanding=True)))
    listed = sa.func.unnest(sa.bindparam(name, type_=postgresql.ARRAY(column.type)))
    values = listed.table_valued(sa.column("value", column.type)).render_derived(name=f"of_{name}")
    # Without the limit, it would be a join, which the planner is free to do the other way round.
    row = sa.select(*wanted).where(of, column == values.c.value).limit(sa.literal_column("1")).lateral(f"by_{name}")
    return sa.select(*row.c).select_from(values.join(row, sa.true()))


@attrs.frozen
class Tables:
    """One context's tables.

    Attributes:
        metadata: all of them.
        records: the aggregates and rows, their states as the JSON that the codec writes.
        outbox: the events; `sent_at` is NULL until the broker has acknowledged one.
        inbox: the messages handled.
        dead_letters: the messages given up.
        facts: see `LAST_POSITION` and `PURGED_BEFORE`.
        ids: the last business id reserved of each kind.
        version: where Alembic notes the schema's version.
    """

    metadata: sa.MetaData
    records: sa.Table
    outbox: sa.Table
    inbox: sa.Table
    dead_letters: sa.Table
    facts: sa.Table
    ids: sa.Table
    version: sa.Table


def tables_of(context: str) -> Tables:
    """Describe a context's tables, as the newest migration leaves them.

    Raises:
        InvalidField: the name is not one a context may have.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", context):
        allowed = "lower-case letters, digits and _, a letter first, 40 at most"
        raise InvalidField("SqlStore", "context", context, allowed)
    metadata = sa.MetaData()

    def table(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
        return sa.Table(f"{context}_{name}", metadata, *columns, mysql_engine="InnoDB", mariadb_engine="InnoDB")

    def number(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[int]:
        return sa.Column(name, sa.BigInteger, primary_key=primary_key, nullable=nullable, autoincrement=False)

    return Tables(
        metadata,
        table(
            "records",
            sa.Column("kind", name_type(), primary_key=True),
            number("key", primary_key=True),
            number("id"),
            number("version"),
            number("owner", nullable=True),
            sa.Column("wake_at", sa.Double),
            sa.Column("state", text_type(), nullable=False),
            sa.Index(f"{context}_records_id", "kind", "id", unique=True),
            sa.Index(f"{context}_records_owner", "kind", "owner", "key"),
            sa.Index(f"{context}_records_wake_at", "kind", "wake_at"),
        ),
        table(
            "outbox",
            number("position", primary_key=True),
            sa.Column("headers", text_type(), nullable=False),
            sa.Column("body", bytes_type(), nullable=False),
            sa.Column("sent_at", sa.Double),
            sa.Index(f"{context}_outbox_sent_at", "sent_at", "position"),
        ),
        table(
            "inbox",
            sa.Column("consumer", name_type(), primary_key=True),
            sa.Column("message", name_type(), primary_key=True),
            sa.Column("at", sa.Double, nullable=False),
            sa.Index(f"{context}_inbox_at", "at"),
        ),
        table(
            "dead_letters",
            sa.Column("consumer", name_type(), primary_key=True),
            sa.Column("message", name_type(), primary_key=True),
            sa.Column("at", sa.Double, nullable=False),
            sa.Column("letter", text_type(), nullable=False),
            sa.Column("body", bytes_type(), nullable=False),
        ),
        table(
            "facts",
            sa.Column("name", name_type(), primary_key=True),
            number("number", nullable=True),
            sa.Column("at", sa.Double),
        ),
        table("ids", sa.Column("kind", name_type(), primary_key=True), number("last")),
        sa.Table(f"{context}_schema_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)),
    )
