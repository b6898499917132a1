"""The tables of one context in an SQLite file: each name begins with the context's, so that none meets another's."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from bookdelivery.adapters.sqlite.statements import for_tables
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.values import LARGEST_ID

_KEY_BITS = LARGEST_ID.bit_length()

_TABLES = """
CREATE TABLE IF NOT EXISTS @records (
    place INTEGER PRIMARY KEY,       -- the number of the kind and the correlation key, see `place_of`
    identity INTEGER NOT NULL,       -- the number of the kind and the record's own id, likewise
    version INTEGER NOT NULL,
    owner INTEGER,
    wake_at REAL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS @records_identity ON @records (identity);
CREATE INDEX IF NOT EXISTS @records_owner ON @records (owner) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS @records_wake_at ON @records (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS @outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given out again, not even when the log was purged to the end
    headers TEXT NOT NULL,
    body BLOB NOT NULL
);
-- Whether an event was sent is kept beside the log, so that marking it does not write the event itself again.
CREATE TABLE IF NOT EXISTS @unsent (position INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS @sent (
    at REAL NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (at, position)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS @inbox (
    mark BLOB PRIMARY KEY,           -- the consumer and the message, see `mark_of`
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS @inbox_at ON @inbox (at);

CREATE TABLE IF NOT EXISTS @dead_letters (
    number INTEGER PRIMARY KEY,
    consumer TEXT NOT NULL,
    message_id TEXT NOT NULL,
    headers TEXT,                    -- NULL where the message could not be read
    body BLOB NOT NULL,
    error TEXT NOT NULL,
    at REAL NOT NULL,
    attempts INTEGER NOT NULL,
    UNIQUE (consumer, message_id)
);
CREATE TABLE IF NOT EXISTS @facts (name TEXT PRIMARY KEY, value REAL) WITHOUT ROWID;
"""


def tables_of(context: str) -> str:
    """Give the statements that create a context's tables.

    Raises:
        InvalidField: the name is not one a context may have.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", context):
        raise InvalidField("SqliteStore", "context", context, "lower-case letters, digits and _, a letter first")
    return for_tables(context, re.sub(r"--.*", "", _TABLES))


def place_of(kind_number: int, key: int) -> int:
    """Pack the number of a kind (10 bits) and a key or id (53 bits) into one 64-bit integer.

    As a row id it makes a record one look-up in one tree away, and keeps a kind's records together, ordered by key.
    """
    return kind_number << _KEY_BITS | key


def key_of(place: int) -> int:
    """Take the key, or id, out of a packed integer."""
    return place & LARGEST_ID


def span_of(kind_number: int) -> tuple[int, int]:
    """Give the first and the last place a kind's records can have."""
    return kind_number << _KEY_BITS, kind_number << _KEY_BITS | LARGEST_ID


def mark_of(consumer_number: int, message_id: str) -> bytes:
    """Pack the number of a consumer (two bytes) and a message id into the key the inbox is sorted by.

    An id that is a UUID in the usual text form takes its 16 bytes, any other its text; one byte tells which.
    """
    return consumer_number.to_bytes(2, "big") + _packed(message_id)


# Several consumers handle the same message.
@lru_cache(maxsize=8192)
def _packed(message_id: str) -> bytes:
    if len(message_id) == 36:
        digits = message_id.replace("-", "")
        with suppress(ValueError):
            packed = bytes.fromhex(digits)
            if len(packed) == 16 and len(digits) == 32:
                return b"u" + packed
    return b"t" + message_id.encode()


def marks_of(consumer_number: int) -> tuple[bytes, bytes]:
    """Give the bounds of a consumer's marks: from the first on, below the second."""
    return consumer_number.to_bytes(2, "big"), (consumer_number + 1).to_bytes(2, "big")
