"""A short name for a value that says all there is to it, the same in every process and on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import PurePath
from typing import Any

import attrs
import numpy as np
import pandas as pd

from bookdelivery.kernel.errors import InvalidField


def fingerprint(value: Any) -> str:
    """Hash a value made of attrs objects, mappings, sequences, functions with a name, numbers, words and arrays.

    Raises:
        InvalidField: part of it looks the same whatever it does: a lambda, or an object that shows nothing of itself.
    """
    told = json.dumps(_told(value, type(value).__name__), separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _told(value: Any, where: str) -> Any:  # noqa: C901, PLR0911
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return [_place(type(value)), value.name]
    if isinstance(value, int | float):
        # 1 and 1.0 seconds are the same scenario.
        return float(value).hex() if not isinstance(value, int) or abs(value) < 1 << 53 else str(value)
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return [
            _place(type(value)),
            {field.name: _told(getattr(value, field.name), f"{where}.{field.name}") for field in fields},
        ]
    if isinstance(value, Mapping):
        # Equal mappings have the same hash in whatever order they were written.
        pairs = [[_told(key, where), _told(given, f"{where}[{key!r}]")] for key, given in value.items()]
        return ["mapping", sorted(pairs, key=json.dumps)]
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return ["sequence", [_told(given, f"{where}[{place}]") for place, given in enumerate(value)]]
    if isinstance(value, partial):
        return ["partial", _told([value.func, value.args, value.keywords], where)]
    if isinstance(value, np.ndarray | np.generic):
        return ["array", str(value.dtype), _told(value.tolist(), where)]
    if isinstance(value, pd.Series):
        return ["series", _told([value.index.tolist(), value.tolist()], where)]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    if hasattr(value, "dist") and hasattr(value, "args") and hasattr(value, "kwds"):
        # One of scipy's frozen distributions.
        return ["distribution", _place(type(value.dist)), _told([value.args, value.kwds], where)]
    return _named(value, where)


def _named(value: Any, where: str) -> Any:
    if callable(value) and hasattr(value, "__qualname__") and "<" not in value.__qualname__:
        return ["named", _place(value)]
    allowed = "made of attrs classes, plain values and functions at the top of a module, so that results can be kept"
    raise InvalidField("results", where, value, allowed)


def _place(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"
