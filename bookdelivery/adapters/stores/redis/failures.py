"""What Redis reports, in the library's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions

from bookdelivery.kernel.errors import Unavailable, UnusableStore

_USELESS = {
    "WRONGPASS": "wrong user or password",
    "NOAUTH": "it asks for a password",
    "NOPERM": "this user may not do that",
    "OOM": "its memory is full; nothing of this was written",
    "MISCONF": "it cannot write to its disk; nothing of this was written",
    "WRONGTYPE": "another application uses the same keys",
}

_PASSING = ("LOADING", "READONLY", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "UNBLOCKED")


@contextmanager
def translating(where: str) -> Iterator[None]:
    """Raise what the driver reports within as an error of ours.

    Raises:
        Unavailable: Redis cannot be reached just now, or is starting.
        UnusableStore: it cannot be used by us at all.
    """
    try:
        yield
    except (Unavailable, UnusableStore):
        raise
    except (exceptions.RedisError, OSError) as error:
        ours = translated(where, error)
        if ours is None:
            raise
        raise ours from error


def translated(where: str, error: exceptions.RedisError | OSError) -> Unavailable | UnusableStore | None:
    """Say in our words what is wrong; None where the command is at fault."""
    text = str(error)
    word = text.partition(" ")[0].rstrip(":")
    if isinstance(error, exceptions.AuthenticationError) and word not in _USELESS:
        return UnusableStore(where, f"wrong user or password ({text})")
    found = next((problem for name, problem in _USELESS.items() if word == name or f"{name} " in text), None)
    if isinstance(error, exceptions.OutOfMemoryError):
        found = _USELESS["OOM"]
    if found is not None:
        return UnusableStore(where, f"{found} ({text})")
    gone = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError, OSError)
    if isinstance(error, gone) or word in _PASSING:
        return Unavailable(f"{where} cannot be reached or is busy: {text}")
    return None
