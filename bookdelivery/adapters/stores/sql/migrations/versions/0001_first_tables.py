"""The first tables.

What is written here stays as it is: it is what the databases of the first release hold, whatever `schema` says later.
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None

_MARIADB = ("mysql", "mariadb")
_NAME = sa.String(200).with_variant(mysql.VARCHAR(200, charset="utf8mb4", collation="utf8mb4_bin"), *_MARIADB)
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin"), *_MARIADB)
_BYTES = sa.LargeBinary().with_variant(mysql.LONGBLOB(), *_MARIADB)


def upgrade() -> None:
    """Bring the tables up to this version; each step may be done twice, as MariaDB cannot take half of them back."""
    prefix = context.config.attributes["context"]

    def table(name: str, *columns: sa.schema.SchemaItem) -> None:
        engine = {"mysql_engine": "InnoDB", "mariadb_engine": "InnoDB"}
        op.create_table(f"{prefix}_{name}", *columns, if_not_exists=True, **engine)

    def index(table: str, name: str, columns: list[str], *, unique: bool = False) -> None:
        op.create_index(f"{prefix}_{table}_{name}", f"{prefix}_{table}", columns, unique=unique, if_not_exists=True)

    def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
        return sa.Column(name, sa.BigInteger, autoincrement=False, nullable=nullable)

    table(
        "records",
        sa.Column("kind", _NAME, nullable=False),
        number("key"),
        number("id"),
        number("version"),
        number("owner", nullable=True),
        sa.Column("wake_at", sa.Double),
        sa.Column("state", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    index("records", "id", ["kind", "id"], unique=True)
    index("records", "owner", ["kind", "owner", "key"])
    index("records", "wake_at", ["kind", "wake_at"])
    table(
        "outbox",
        number("position"),
        sa.Column("headers", _TEXT, nullable=False),
        sa.Column("body", _BYTES, nullable=False),
        sa.Column("sent_at", sa.Double),
        sa.PrimaryKeyConstraint("position"),
    )
    index("outbox", "sent_at", ["sent_at", "position"])
    table(
        "inbox",
        sa.Column("consumer", _NAME, nullable=False),
        sa.Column("message", _NAME, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "message"),
    )
    index("inbox", "at", ["at"])
    table(
        "dead_letters",
        sa.Column("consumer", _NAME, nullable=False),
        sa.Column("message", _NAME, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("letter", _TEXT, nullable=False),
        sa.Column("body", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "message"),
    )
    table(
        "facts",
        sa.Column("name", _NAME, nullable=False),
        number("number", nullable=True),
        sa.Column("at", sa.Double),
        sa.PrimaryKeyConstraint("name"),
    )
    table("ids", sa.Column("kind", _NAME, nullable=False), number("last"), sa.PrimaryKeyConstraint("kind"))
    facts = sa.table(f"{prefix}_facts", sa.column("name", _NAME), sa.column("number"))
    op.execute(facts.delete())
    op.execute(
        facts.insert().values([{"name": "last_position", "number": 0}, {"name": "purged_before", "number": None}])
    )
