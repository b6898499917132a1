"""What a payment provider has charged and given back, by key: in memory, or in a file that survives a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import attrs

from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.opening import look
from bookdelivery.kernel.errors import Refused
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

    @property
    def balance(self) -> Won:
        """What is charged and not given back."""
        return (self.charged or Won(0)) - (self.refunded or Won(0))

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

    async def account(self, key: str) -> Account:
        """Look an account up; an unknown key has an empty one."""
        ...

    async def charge(self, key: str, amount: Won) -> Account:
        """Charge an account; see `Account.charge`."""
        ...

    async def refund(self, key: str) -> Account:
        """Refund an account; see `Account.refund`."""
        ...

    async def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        ...

    async def close(self) -> None:
        """Let go of files."""
        ...


class MemoryLedger:
    """A ledger that lives as long as this object."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    async def account(self, key: str) -> Account:
        """Look an account up."""
        return self._accounts.get(key, Account())

    async def charge(self, key: str, amount: Won) -> Account:
        """Charge an account; see `Account.charge`."""
        charged = self._accounts[key] = self._accounts.get(key, Account()).charge(key, amount)
        return charged

    async def refund(self, key: str) -> Account:
        """Refund an account."""
        refunded = self._accounts[key] = self._accounts.get(key, Account()).refund()
        return refunded

    async def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        return dict(self._accounts)

    async def close(self) -> None:
        """Do nothing: the accounts live as long as this object."""


class FileLedger:
    """A ledger in a SQLite file of its own, durable at every answer; several processes may share it.

    What is asked for at the same time is committed together; see `SqliteFile` for what that rests on.

    Args:
        path: the file; created if it is not there.

    Raises:
        UnusableStore: it cannot be created or read, or is something else.
        Unavailable: another process kept it locked for too long; also from every method.
    """

    def __init__(self, path: Path) -> None:
        look(path, _BUSY_TIMEOUT_S)
        self._path = path

    # Opened, and made, when first used, so that a shop which cannot be opened after all leaves nothing behind.
    @cached_property
    def _file(self) -> SqliteFile:
        file = SqliteFile(self._path, busy_timeout_s=_BUSY_TIMEOUT_S)
        file.create_tables(_TABLE)
        return file

    async def account(self, key: str) -> Account:
        """Look an account up."""
        return _account(self._file.read(_FIND, (key,)))

    async def charge(self, key: str, amount: Won) -> Account:
        """Charge an account; see `Account.charge`."""
        return await self._file.write(_change, (key, lambda account: account.charge(key, amount)))

    async def refund(self, key: str) -> Account:
        """Refund an account."""
        return await self._file.write(_change, (key, Account.refund))

    async def accounts(self) -> Mapping[str, Account]:
        """List all accounts by key."""
        rows = self._file.read("SELECT key, charged, refunded FROM accounts ORDER BY key")
        return {key: _account([amounts]) for key, *amounts in rows}

    async def close(self) -> None:
        """Let go of the file."""
        await self._file.close()


_BUSY_TIMEOUT_S = 5.0

_TABLE = """
CREATE TABLE IF NOT EXISTS accounts (key TEXT PRIMARY KEY, charged INTEGER, refunded INTEGER) WITHOUT ROWID
"""
_FIND = "SELECT charged, refunded FROM accounts WHERE key = ?"

_Change = tuple[str, Callable[[Account], Account]]


def _change(connection: sqlite3.Connection, changes: Sequence[_Change]) -> Sequence[Account]:
    # A refusal is raised: the file then does the group again, each by itself.
    accounts = []
    for key, change in changes:
        account = change(_account(connection.execute(_FIND, (key,)).fetchall()))
        amounts = (_amount(account.charged), _amount(account.refunded))
        connection.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?)", (key, *amounts))
        accounts.append(account)
    return accounts


def _account(rows: Sequence[Sequence[int | None]]) -> Account:
    charged, refunded = rows[0] if rows else (None, None)
    return Account(None if charged is None else Won(charged), None if refunded is None else Won(refunded))


def _amount(money: Won | None) -> int | None:
    return None if money is None else money.amount
