"""`bookdelivery migrate`: the tables of contexts, made or brought up to date before services start."""

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.services.extras import needing

_NAMES = tuple(context.name for context in BOOKSTORE)


def run_migrate(url: str, contexts: Sequence[str]) -> int:
    """Migrate contexts' tables, one after the other, and say the version they are of then.

    Args:
        url: the database.
        contexts: the contexts' names; none for the bookstore's five.

    Returns:
        The exit status, 0.

    Raises:
        InvalidField: the URL or a name cannot be used.
        Unavailable: the database cannot be reached.
        UnusableStore: it cannot be used, or a newer release has been at work there.
        MissingExtra: its packages are not installed.
    """
    with needing("sql", "bookdelivery migrate"):
        from bookdelivery.adapters.stores.sql.migrating import migrate  # noqa: PLC0415 - an extra

        for context in contexts or _NAMES:
            print(f"{context}: the tables are of version {migrate(url, context)}")  # noqa: T201
    return 0
