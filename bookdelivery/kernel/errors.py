"""What can go wrong, as classes of our own that derive from the closest built-in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class BookdeliveryError(Exception):
    """The common base: catch this to catch whatever the library raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Python would call the class with the message alone, which is not what these classes are made from; an error
        # that cannot be read back takes the whole pool of worker processes with it.
        return (_remade, (type(self), self.args, self.__dict__))


def _remade(kind: type[BookdeliveryError], args: tuple[Any, ...], attributes: dict[str, Any]) -> BookdeliveryError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


class InvalidField(BookdeliveryError, ValueError):
    """A field of a message, a setting or a scenario holds a value it must not hold.

    Attributes:
        owner: the class or section that has the field.
        field: the field's name.
        value: what was given.
        allowed: what would have been accepted, in words.
    """

    def __init__(self, owner: str, field: str, value: Any, allowed: str) -> None:
        super().__init__(f"{owner}.{field} is {shorten(value)}, but must be {allowed}")
        self.owner = owner
        self.field = field
        self.value = value
        self.allowed = allowed


class InvalidMessage(BookdeliveryError, ValueError):
    """A body from outside cannot be read as the message it claims to be.

    Attributes:
        type: the message's type name.
        problems: one sentence a problem, each naming its field.
    """

    def __init__(self, type: str, problems: Iterable[str]) -> None:
        self.type = type
        self.problems = tuple(problems)
        super().__init__(f"{type} cannot be read: " + "; ".join(self.problems))


class WronglyDeclared(BookdeliveryError, TypeError):
    """A declaration is wrong; found when the application is composed, before anything runs.

    Attributes:
        where: the context and the class or function at fault.
        problem: what is wrong and how it would be right.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class UnknownCommand(BookdeliveryError, LookupError):
    """Nobody handles this command here."""

    def __init__(self, what: str, known: Iterable[str]) -> None:
        self.what = what
        self.known = tuple(sorted(known))
        super().__init__(f"no context here handles {what}; the commands known are: {', '.join(self.known)}")


class Refused(BookdeliveryError, RuntimeError):
    """The domain says no: a rule of the business, not a fault of the machinery.

    Attributes:
        what: the thing that was asked for.
        why: the state or rule that stands against it.
        allowed: what would be allowed instead.
    """

    def __init__(self, what: str, why: str, allowed: Iterable[str] = ()) -> None:
        self.what = what
        self.why = why
        self.allowed = tuple(allowed)
        instead = f"; allowed: {', '.join(self.allowed)}" if self.allowed else "; nothing is allowed any more"
        super().__init__(f"{what} is refused: {why}{instead}")


class NotFound(Refused, LookupError):
    """The case a command speaks of is not known to this context (perhaps not yet)."""

    def __init__(self, what: str, kind: str, key: int) -> None:
        super().__init__(what, f"no {kind} is known for the key {key}", ("again once it is known",))


class NotRunning(BookdeliveryError, RuntimeError):
    """Something was asked of an application that is not running (any more)."""

    def __init__(self) -> None:
        super().__init__("the application is not running; use it within `async with`")


class Conflict(BookdeliveryError, RuntimeError):
    """Somebody else changed the same aggregate again and again; the command was given up."""


class Unavailable(BookdeliveryError, ConnectionError):
    """A store, a broker or a callee cannot be reached just now; trying again later may work."""


class UnusableStore(BookdeliveryError, OSError):
    """A store or broker cannot be used at all: no database, no permission, a full disk.

    Attributes:
        where: the file or server.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


class MissingExtra(BookdeliveryError, ImportError):
    """A library is not installed that only some people need.

    Attributes:
        library: its name.
        extra: the extra of this package that brings it.
    """

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {library}, which is not installed: pip install 'bookdelivery[{extra}]'")
        self.library = library
        self.extra = extra


class NotAnswered(BookdeliveryError, TimeoutError):
    """A synchronous call to another context has no usable answer; whether it had an effect is unknown."""


class HeldOff(BookdeliveryError, ConnectionRefusedError):
    """A call was held back on this side, or not taken on the other: it had no effect, and may be made again later.

    Attributes:
        what: what was asked for.
        retry_after_s: seconds until asking again makes sense at the earliest.
        why: what stands against it, in words.
    """

    def __init__(self, what: str, retry_after_s: float, why: str = "its circuit breaker is open") -> None:
        super().__init__(f"{what} is held off for another {retry_after_s:.1f} s: {why}")
        self.what = what
        self.retry_after_s = retry_after_s
        self.why = why


class Overloaded(HeldOff, Unavailable):
    """A context has more to do than it can, and did not even begin with what it was asked; a later try may work.

    Attributes:
        what: the operation asked for.
        retry_after_s: seconds until asking again makes sense at the earliest.
        why: which bound was reached, in words.
    """

    def __init__(self, what: str, retry_after_s: float, why: str = "too much is asked at once") -> None:
        super().__init__(what, retry_after_s, why)


def shorten(value: Any, limit: int = 80) -> str:
    """Show a value in an error message, in at most this many characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
