"""`bookdelivery dead-letters`: the messages given up, listed, and handled after all once the cause is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ports import DeadLetter
from bookdelivery.services.bookstore import Bookstore
from bookdelivery.services.config import Config
from bookdelivery.services.config_loading import Flags, load_config

STAYED = 1
"""The exit status where a message could not be handled this time either."""


def run_list(context: str | None, *, file: Path | None, flags: Flags, as_json: bool) -> int:
    """Print the messages that were given up.

    Args:
        context: whose; None: those of all contexts.
        file: the configuration file.
        flags: what flags say instead of it.
        as_json: print a JSON document and nothing else.

    Raises:
        InvalidField: there is no such context.
        UnreadableConfig, WrongSetting: the configuration is not as it must be.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says.
    """
    letters = asyncio.run(_letters(load_config(file, flags).config, _named(context)))
    if as_json:
        document = [{"context": name, **_document(letter)} for name, of_one in letters.items() for letter in of_one]
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
        return 0
    for name, of_one in letters.items():
        for letter in of_one:
            sys.stdout.write(_told(name, letter))
    number = sum(map(len, letters.values()))
    sys.stdout.write(f"{number} dead letter{'' if number == 1 else 's'}\n")
    return 0


def run_replay(context: str, message_id: str | None, *, file: Path | None, flags: Flags) -> int:
    """Handle a context's dead letters after all; those that fail again stay.

    Args:
        context: whose.
        message_id: the one message to handle; None: all of them.
        file: the configuration file.
        flags: what flags say instead of it.

    Raises:
        InvalidField: there is no such context.
        UnreadableConfig, WrongSetting: the configuration is not as it must be.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says.
    """
    (name,) = _named(context)
    return asyncio.run(_replay(load_config(file, flags).config, name, message_id))


async def _letters(config: Config, names: Sequence[str]) -> Mapping[str, Sequence[DeadLetter]]:
    shop = _opened(config, names)
    try:
        return {name: await service.dead_letters() for name, service in shop.services.items()}
    finally:
        await shop.__aexit__(None, None, None)


async def _replay(config: Config, name: str, message_id: str | None) -> int:
    # The context's own processes publish what follows: they look into the outbox every second.
    shop = _opened(config, [name])
    try:
        replayed = await shop.services[name].replay(message_id)
    finally:
        await shop.__aexit__(None, None, None)
    if message_id is not None and not replayed.handled and not replayed.failed:
        raise InvalidField("dead-letters", "id", message_id, f"the id of one of {name}'s dead letters; list them")
    for letter, error in replayed.failed:
        sys.stdout.write(f"{_what(letter)} stays: {type(error).__name__}: {error}\n")
    sys.stdout.write(f"{replayed.handled} handled, {len(replayed.failed)} stay\n")
    return STAYED if replayed.failed else 0


def _opened(config: Config, names: Sequence[str]) -> Bookstore:
    """Open contexts without running them: what they would do now is the services' business."""
    return Bookstore.open(
        config.data.url, broker_url=config.data.broker_url or None, stores=config.data.stores, only=names
    )


def _named(context: str | None) -> Sequence[str]:
    known = [one.name for one in BOOKSTORE]
    if context is None:
        return known
    if context not in known:
        raise InvalidField("dead-letters", "context", context, f"one of {', '.join(known)}")
    return [context]


def _told(context: str, letter: DeadLetter) -> str:
    at = datetime.fromtimestamp(letter.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    times = "once" if letter.attempts == 1 else f"{letter.attempts} times"
    return (
        f"{context}: {_what(letter)}, for {letter.consumer}\n"
        f"    given up at {at} UTC, tried {times}\n"
        f"    {letter.error}\n"
        f"    id {letter.message_id}\n"
    )


def _what(letter: DeadLetter) -> str:
    if letter.envelope is None:
        return f"a message of {len(letter.body)} bytes that cannot be read"
    return f"{letter.envelope.type} of order {letter.envelope.key}"


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.message_id,
        "consumer": letter.consumer,
        "type": None if letter.envelope is None else letter.envelope.type,
        "key": None if letter.envelope is None else letter.envelope.key,
        "body": letter.body.decode(errors="replace"),
        "error": letter.error,
        "at": letter.at,
        "attempts": letter.attempts,
    }
