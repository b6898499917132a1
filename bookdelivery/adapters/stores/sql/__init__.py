"""A context's data in a relational database, by SQLAlchemy Core: PostgreSQL, MariaDB or SQLite (extra `sql`)."""

from bookdelivery.adapters.stores.sql.engines import SqlSettings
from bookdelivery.adapters.stores.sql.store import SqlStore

__all__ = ["SqlSettings", "SqlStore"]
