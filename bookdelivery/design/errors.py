"""What can go wrong with a design."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bookdelivery.kernel.errors import BookdeliveryError


class UnknownElement(BookdeliveryError, LookupError):
    """A model has nothing of this name, or several things of which one was to be meant.

    Attributes:
        value: the name.
        close: the names most like it.
    """

    def __init__(self, value: str, known: Iterable[str]) -> None:
        known = tuple(known)
        self.value = value
        self.close = tuple(get_close_matches(value, known, n=5, cutoff=0.5)) or known[:10]
        some = f"; there is {', '.join(self.close)}" if self.close else ""
        super().__init__(f"the design has no {value!r}{some}")


class UnreadableModel(BookdeliveryError, ValueError):
    """A file is no model of ours, or cannot be read at all.

    Attributes:
        where: the file, or how the caller names it.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
