"""Reading a request's body: JSON as RFC 8259 means it, and nothing that two readers could understand in two ways."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from bookdelivery.kernel.errors import InvalidMessage, shorten

DEEPEST = 16
"""Levels of nesting in a body; no message of a bookstore comes near."""


class Malformed(InvalidMessage):
    """A body that no two readers need understand in the same way, whatever it is meant to say."""

    def __init__(self, problem: str) -> None:
        super().__init__("the body", (problem,))


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Refused, as one reader would take it for this and another for that (RFC 8259, sections 4, 6, 8.2): a name that
    comes twice, NaN and Infinity, numbers too large for a double, halves of surrogate pairs.

    Args:
        body: its bytes; none at all are an empty object.

    Raises:
        Malformed: it is none; says why.
    """
    if not body.strip():
        return {}
    try:
        text = body.decode()
        found = json.loads(
            text, object_pairs_hook=_once_each, parse_constant=_no_number, parse_float=_finite, parse_int=_whole
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Malformed(f"it is no JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise Malformed(f"it is nested deeper than {DEEPEST} levels") from error
    if not isinstance(found, dict):
        raise Malformed(f"it is {shorten(found)}, but must be an object")
    _check(found, DEEPEST)
    return found


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"the name {shorten(twice)} comes twice")
    return read


def _no_number(text: str) -> Any:
    raise Malformed(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed(f"the number {shorten(text)} is too large")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Malformed(f"{shorten(value)} holds half of a surrogate pair") from error
        return
    if isinstance(value, dict):
        parts = [*value, *value.values()]
    elif isinstance(value, list):
        parts = value
    else:
        return
    if not levels:
        raise Malformed(f"it is nested deeper than {DEEPEST} levels")
    for part in parts:
        _check(part, levels - 1)
