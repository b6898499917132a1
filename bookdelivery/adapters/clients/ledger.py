"""What a payment provider has charged and given back, by key: in memory, or in a file that survives a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

import attrs

from bookdelivery.kernel.errors import Refused, UnusableStore
from bookdelivery.kernel.values import Won


@attrs.frozen
class Account:
    """What happened under one key.

    Attributes:
        charged: what was charged, None if nothing ever was.
        refunded: what was given back (0 won where nothing had been charged), None while the key is open.
    """

    charged: Won | None = None
    refunded: Won | None = None

    def charge(self, key: str, amount: Won) -> Account:
        """Charge, once.

        Raises:
            Refused: it was charged with another amount, or is refunded.
        """
        if self.refunded is not None:
            raise Refused(f"charge for {key}", "it was refunded, now and for ever", ("another key",))
        if self.charged is not None and self.charged != amount:
            raise Refused(f"charge of {amount} for {key}", f"it was charged {self.charged}", ("the same amount",))
        return Account(amount)

    def refund(self) -> Account:
        """Give back what was charged, once, and charge no more."""
        return self if self.refunded is not None else Account(self.charged, self.charged or Won(0))


class Ledger(Protocol):
    """Keeps accounts. Each call is one transaction."""

    def account(self, key: str) -> Account:
        """Look an account up; an unknown key has an empty one."""
        ...

    def charge(self, key: str, amount: Won) -> Account:
        """Charge an account; see `Account.charge`."""
        ...

    def refund(self, key: str) -> Account:
        """Refund an account; see `Account.refund`."""
        ...

    def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        ...


class MemoryLedger:
    """A ledger that lives as long as the process."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def account(self, key: str) -> Account:
        """Look an account up."""
        return self._accounts.get(key, Account())

    def charge(self, key: str, amount: Won) -> Account:
        """Charge an account."""
        charged = self._accounts[key] = self.account(key).charge(key, amount)
        return charged

    def refund(self, key: str) -> Account:
        """Refund an account."""
        refunded = self._accounts[key] = self.account(key).refund()
        return refunded

    def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        return dict(self._accounts)


class FileLedger:
    """A ledger in a SQLite file of its own, durable at every answer; any number of processes may share it.

    Args:
        path: the file; created if it is not there.

    Raises:
        UnusableStore: it cannot be created or read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        with self._open() as opened:
            opened.execute("PRAGMA journal_mode = WAL")
            columns = "key TEXT PRIMARY KEY, charged INTEGER, refunded INTEGER"
            opened.execute(f"CREATE TABLE IF NOT EXISTS accounts ({columns}) WITHOUT ROWID")

    def _open(self) -> closing[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=10.0, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise UnusableStore(str(self._path), f"cannot be used as a payment provider's ledger: {error}") from error
        return closing(connection)

    def account(self, key: str) -> Account:
        """Look an account up."""
        with self._open() as opened:
            return _account(opened.execute("SELECT charged, refunded FROM accounts WHERE key = ?", (key,)).fetchone())

    def charge(self, key: str, amount: Won) -> Account:
        """Charge an account."""
        with self._open() as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            found = opened.execute("SELECT charged, refunded FROM accounts WHERE key = ?", (key,)).fetchone()
            return _put(opened, key, _account(found).charge(key, amount))

    def refund(self, key: str) -> Account:
        """Refund an account."""
        with self._open() as opened, opened:
            opened.execute("BEGIN IMMEDIATE")
            found = opened.execute("SELECT charged, refunded FROM accounts WHERE key = ?", (key,)).fetchone()
            return _put(opened, key, _account(found).refund())

    def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        with self._open() as opened:
            rows = opened.execute("SELECT key, charged, refunded FROM accounts ORDER BY key").fetchall()
        return {key: _account((charged, refunded)) for key, charged, refunded in rows}


def _account(row: tuple[int | None, int | None] | None) -> Account:
    charged, refunded = row or (None, None)
    return Account(None if charged is None else Won(charged), None if refunded is None else Won(refunded))


def _put(opened: sqlite3.Connection, key: str, account: Account) -> Account:
    charged = None if account.charged is None else account.charged.amount
    refunded = None if account.refunded is None else account.refunded.amount
    opened.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (key, charged, refunded))
    return account
