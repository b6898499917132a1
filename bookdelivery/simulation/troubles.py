"""What is wrong with the world at present; faults change it, and whoever is concerned looks here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator
from contextlib import contextmanager

from bookdelivery.kernel.errors import Unavailable
from bookdelivery.simulation.faults import BROKER


class Troubles:
    """The troubles of one world: who cannot reach whom, what is down, whose clock is wrong, what fails."""

    def __init__(self) -> None:
        self.parted_ends: Counter[frozenset[str]] = Counter()
        """How many troubles part the two ends of each way at present; empty as long as nobody ever was parted."""
        self._broker_outages = 0
        self._stores_down: Counter[str] = Counter()
        self._clocks_off_s: dict[str, list[float]] = {}
        self._failing: dict[str, list[tuple[float, Collection[str]]]] = {}

    def are_parted(self, one: str, other: str) -> bool:
        """Say whether nothing passes between two of them."""
        return bool(self.parted_ends) and self.parted_ends[frozenset((one, other))] > 0

    def check_broker(self, caller: str) -> None:
        """See that the broker can be reached.

        Args:
            caller: by whom: a context, or people.

        Raises:
            Unavailable: it cannot.
        """
        if self._broker_outages:
            raise Unavailable("the broker is down")
        if self.are_parted(caller, BROKER):
            raise Unavailable(f"{caller} cannot reach the broker")

    def check_store(self, context: str) -> None:
        """See that a context's store can be reached.

        Raises:
            Unavailable: it cannot.
        """
        if self._stores_down[context]:
            raise Unavailable(f"{context}'s store is down")

    def clock_off_s(self, context: str) -> float:
        """Say by how many seconds a context's clocks are ahead of the others."""
        return sum(self._clocks_off_s.get(context, ()))

    def failing(self, context: str, operation: str) -> float:
        """Say with what probability an operation fails."""
        passes = 1.0
        for probability, operations in self._failing.get(context, ()):
            if operation in operations or (not operations and "." not in operation):
                passes *= 1 - probability
        return 1 - passes

    @contextmanager
    def parted(self, one: str, other: str) -> Generator[None, None, None]:
        """Let nothing pass between two of them."""
        ends = frozenset((one, other))
        self.parted_ends[ends] += 1
        try:
            yield
        finally:
            self.parted_ends[ends] -= 1

    @contextmanager
    def broker_down(self) -> Generator[None, None, None]:
        """Have the broker answer nobody."""
        self._broker_outages += 1
        try:
            yield
        finally:
            self._broker_outages -= 1

    @contextmanager
    def store_down(self, context: str) -> Generator[None, None, None]:
        """Have a context's store answer nobody."""
        self._stores_down[context] += 1
        try:
            yield
        finally:
            self._stores_down[context] -= 1

    @contextmanager
    def clock_off(self, context: str, by_s: float) -> Generator[None, None, None]:
        """Have a context's clocks be ahead of the others by some seconds."""
        offsets = self._clocks_off_s.setdefault(context, [])
        offsets.append(by_s)
        try:
            yield
        finally:
            offsets.remove(by_s)

    @contextmanager
    def operations_fail(
        self, context: str, probability: float, operations: Collection[str]
    ) -> Generator[None, None, None]:
        """Have a context's operations fail with a probability; none named: all requests."""
        failing = self._failing.setdefault(context, [])
        entry = (probability, tuple(operations))
        failing.append(entry)
        try:
            yield
        finally:
            failing.remove(entry)
