"""Attacks on those who read the log: lines of somebody else's making, and secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bookdelivery.adapters.observability.logs import JsonLines, TextLines
from tests.adapters.inbound.gateway.running import Secured
from tests.services.attacks.attack import THROUGH_THE_GATEWAY, Attack, Came, came_of

LOGS = "Log lines of one's own making, and secrets in the log"

FORGED_LINE = "CRITICAL the shop is closed"


class Lines(logging.Handler):
    """Keeps all that is logged, as it is written for people and for programs."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._formatters = (TextLines(), JsonLines("gateway"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts += [formatter.format(record) for formatter in self._formatters]


@contextmanager
def listening_to_the_log() -> Iterator[Lines]:
    """Hear everything that is logged within this, down to the least important."""
    lines, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    # What the client library of the tests says of its own requests is no log of ours.
    quiet = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [logger.level for logger in quiet]
    for logger in quiet:
        logger.setLevel(logging.CRITICAL)
    try:
        yield lines
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
        for logger, was in zip(quiet, before, strict=True):
            logger.setLevel(was)


def attacks() -> list[Attack]:
    """Give them."""
    line = f"%0d%0a{FORGED_LINE.replace(' ', '%20')}"
    made: dict[str, Callable[[Secured], dict[str, Any]]] = {
        "in the path": lambda one: {"url": f"/orders/1{line}", "headers": one.bearer()},
        "in the query": lambda one: {"url": f"/orders?after=1{line}", "headers": one.bearer()},
        "in the id of the request": lambda one: {"headers": one.bearer() | {"x-request-id": f"a {FORGED_LINE}"}},
        "in X-Forwarded-For": lambda one: {"headers": one.bearer() | {"x-forwarded-for": f"1.2.3.4 {FORGED_LINE}"}},
        "in who one is": lambda one: {"headers": one.bearer(sub=f"minsu\r\n{FORGED_LINE}\u2028{FORGED_LINE}")},
        "in a key's name": lambda one: {"headers": one.bearer(one.issuer.token(header={"kid": f"x\r\n{FORGED_LINE}"}))},
        "in a body": lambda one: {
            "method": "POST",
            "json": {"customerName": f"x\r\n{FORGED_LINE}"},
            "headers": one.bearer(),
        },
    }
    return [Attack(LOGS, f"a line {name}", THROUGH_THE_GATEWAY, _logged(make), (1,)) for name, make in made.items()]


def _logged(make: Callable[[Secured], dict[str, Any]]) -> Any:
    async def send(one: Secured) -> Came:
        how = {"method": "GET", "url": "/orders"} | make(one)
        with listening_to_the_log() as lines:
            came = came_of(await one.http.request(**how))
        token = how["headers"]["authorization"].removeprefix("Bearer ")
        broken = [text for text in lines.texts if len(text.splitlines()) > 1 or token in text]
        return Came(0 if broken or not lines.texts else 1, came.headers, came.text)

    return send
