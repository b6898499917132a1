"""Adapters whose packages not everybody has installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bookdelivery.kernel.errors import MissingExtra


@contextmanager
def needing(extra: str, purpose: str) -> Iterator[None]:
    """Import, within this, what needs an extra of this package.

    Args:
        extra: its name.
        purpose: what needs it, to begin a sentence with.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "bookdelivery":
            raise
        raise MissingExtra(error.name, extra, purpose) from error
