"""Times as they travel: the bookstore's own timestamp in the body, CloudEvents' RFC 3339 time in the headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = "%Y%m%d%H%M%S"

STAMP = r"^\d{14}$"
"""The form of the bookstore's timestamp, yyyyMMddHHmmss, as a regular expression."""


def to_stamp(time_s: float) -> str:
    """Write seconds since the epoch as the bookstore does: yyyyMMddHHmmss in UTC; fractions of a second are cut."""
    return _stamp(int(time_s // 1))


def from_stamp(text: str) -> float:
    """Read yyyyMMddHHmmss.

    Raises:
        ValueError: it is not such a timestamp.
    """
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a timestamp of the form yyyyMMddHHmmss")
    return (datetime.strptime(text, _STAMP).replace(tzinfo=UTC) - _EPOCH).total_seconds()


def to_rfc3339(time_s: float) -> str:
    """Write seconds since the epoch as RFC 3339 (section 5.6) has it, in UTC.

    There are as many decimals as it takes to get the very same number back, be it a nanosecond from the epoch.
    """
    digits = repr(float(time_s))
    if time_s >= 0 and "e" not in digits:
        whole, _, fraction = digits.partition(".")
        return f"{_date(int(whole))}.{fraction}Z"
    exact = Decimal(digits)
    seconds = int(time_s // 1)
    fraction = format(exact - seconds, "f").partition(".")[2] or "0"
    return f"{_date(seconds)}.{fraction}Z"


def from_rfc3339(text: str) -> float:
    """Read an RFC 3339 time of any offset as seconds since the epoch, exactly as written by `to_rfc3339`.

    Raises:
        ValueError: it is not such a time.
    """
    if text[-1:] in "Zz" and text[19:20] in (".", "Z", "z"):
        seconds, fraction = _seconds(text[:19]), text[20:-1] or "0"
        if not (fraction.isascii() and fraction.isdigit()):
            raise ValueError(f"{text!r} is not an RFC 3339 time")
        return float(f"{seconds}.{fraction}") if seconds >= 0 else float(seconds + Decimal(f"0.{fraction}"))
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"{text!r} is not an RFC 3339 time: it has no offset from UTC")
    return (time - _EPOCH).total_seconds()


# Messages of the same second follow one another, so that formatting, which costs more than all the rest, is rare.
@lru_cache(maxsize=256)
def _stamp(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime(_STAMP)


@lru_cache(maxsize=256)
def _date(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=256)
def _seconds(date: str) -> int:
    return int((datetime.strptime(date, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC) - _EPOCH).total_seconds())
