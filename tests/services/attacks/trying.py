"""All attacks, tried on real servers, and what came of them as a table."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tests.adapters.inbound.gateway.running import HOST, Secured, secured
from tests.services.attacks import on_data, on_grpc, on_logs, on_the_wire, on_tokens
from tests.services.attacks.attack import Attack, Came


@attrs.frozen
class Tried:
    """An attack, and what came of it."""

    attack: Attack
    came: Came

    @property
    def refused(self) -> bool:
        return self.attack.refused(self.came)

    def __str__(self) -> str:
        one = self.attack
        return f"{one.line}: {one.name} at the {one.at}: {self.came.status} {self.came.text[:200]}"


async def try_all() -> list[Tried]:
    """Try every attack, each kind on servers with the limits that it is about."""
    fetched: list[str] = []

    async def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fetched.append(str(writer.get_extra_info("peername")))
        writer.close()

    waiting = await asyncio.start_server(trap, HOST, 0)
    address = f"http://{HOST}:{waiting.sockets[0].getsockname()[1]}/keys"
    usual = [*on_tokens.attacks(address), *on_data.attacks(), *on_the_wire.attacks(), *on_logs.attacks()]
    shares = on_the_wire.shares()
    by_caller = [attack for attack in shares if attack.name in on_the_wire.OF_ONE_CALLER]
    by_address = [attack for attack in shares if attack not in by_caller]
    hasty = {"headers_within_s": on_the_wire.HASTY_S, "body_within_s": on_the_wire.HASTY_S}
    few = {"burst_s": 500.0}
    async with waiting:
        tried = [
            *await _try(usual, limits={"allowed_origins": (on_the_wire.FRIEND,)}),
            *await _try(on_the_wire.too_slow(), limits=hasty, at_once=True),
            *await _try(by_caller, limits=few | {"per_caller_per_second": 0.01}),
            *await _try(by_address, limits=few | {"per_address_per_second": 0.02}),
            *(Tried(attack, came) for attack, came in await on_grpc.try_over_grpc()),
        ]
    assert not fetched, f"a key was fetched from an address that a token named: {fetched}"
    return tried


async def _try(attacks: Sequence[Attack], *, limits: Mapping[str, Any], at_once: bool = False) -> list[Tried]:
    async with secured(limits=limits) as one:

        async def sent(attack: Attack) -> Tried:
            return Tried(attack, await attack.send(one))

        if at_once:
            tried = list(await asyncio.gather(*map(sent, attacks)))
        else:
            tried = [await sent(attack) for attack in attacks]
        await _still_serves(one)
        return tried


async def _still_serves(one: Secured) -> None:
    """See to it that nobody was kept away by all this who was meant to come in."""
    answer = await one.direct.get("/orders", headers=one.bearer())
    assert answer.status_code == 200, answer.text


def table(tried: Sequence[Tried]) -> str:
    """Write how many attacks of each kind were tried and refused, as Markdown."""
    lines = dict.fromkeys(one.attack.line for one in tried)
    rows = [("Attack", "Tried", "Refused", "Answers that count as refused")]
    for line in lines:
        of_it = [one for one in tried if one.attack.line == line]
        rows.append((line, str(len(of_it)), str(sum(one.refused for one in of_it)), _answers(of_it)))
    rows.append(("**All**", f"**{len(tried)}**", f"**{sum(one.refused for one in tried)}**", ""))
    written = ["| " + " | ".join(row) + " |" for row in rows]
    written.insert(1, "| --- | ---: | ---: | --- |")
    return "\n".join(written) + "\n"


def _answers(tried: Sequence[Tried]) -> str:
    seen = Counter(status for one in tried for status in one.attack.statuses if status >= 100)
    return ", ".join(map(str, sorted(seen)))
