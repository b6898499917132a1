"""A bookstore in one SQLite file: stores, broker and ids that outlive the process, for one computer, any processes."""

from bookdelivery.adapters.sqlite.broker import SqliteBroker
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.ids import SqliteIds
from bookdelivery.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteBroker", "SqliteFile", "SqliteIds", "SqliteStore"]
