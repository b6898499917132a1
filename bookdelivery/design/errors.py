"""What can go wrong with a design."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bookdelivery.kernel.errors import BookdeliveryError, InvalidField


class UnknownElement(InvalidField, LookupError):
    """A model has nothing of this name.

    Attributes:
        close: the ids most like it.
    """

    def __init__(self, asked: str, known: Iterable[str], what: str = "element") -> None:
        known = tuple(known)
        self.close = tuple(get_close_matches(asked, known, n=5, cutoff=0.5))
        some = ", ".join(self.close or known[:10])
        super().__init__("model", what, asked, f"one of {len(known)}, such as {some}" if known else "nothing at all")


class UnreadableModel(BookdeliveryError, ValueError):
    """A file is no model of ours, or cannot be read at all.

    Attributes:
        where: the file, or how the caller names it.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
