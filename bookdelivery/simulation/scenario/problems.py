"""What is wrong with a scenario that comes from a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from bookdelivery.kernel.errors import BookdeliveryError, shorten


@attrs.frozen
class Problem:
    """One thing that is wrong.

    Attributes:
        key: where, from the outermost table inwards, such as "deployment.order.workers".
        value: what stands there.
        allowed: what would be right, in words.
        is_missing: whether there is nothing at all.
    """

    key: str
    value: Any
    allowed: str
    is_missing: bool = False

    def __str__(self) -> str:
        said = "is missing" if self.is_missing else f"is {shorten(self.value)}"
        return f"{self.key or 'the whole'} {said}, but must be {self.allowed}"


class InvalidScenario(BookdeliveryError, ValueError):
    """A file does not describe a scenario.

    Attributes:
        source: the file.
        problems: all that is wrong with it, as far as it could be read.
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.problems)


class NoFileFormat(BookdeliveryError, TypeError):
    """A scenario holds something that was written in Python and cannot be written into a file.

    Attributes:
        key: where.
        value: what.
    """

    def __init__(self, key: str, value: Any, why: str) -> None:
        super().__init__(f"{key} is {shorten(value)}, which no file can say: {why}")
        self.key = key
        self.value = value
