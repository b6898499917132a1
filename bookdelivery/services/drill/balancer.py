"""What stands before several replicas, as a Service of Kubernetes does: it asks probes and hands on connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from bookdelivery.services.drill.fleet import Answers
from bookdelivery.services.drill.ports import HOST

_PIECE_BYTES = 65_536


class Balancer:
    """Hands on each connection to one of those that are ready, in turn.

    One that refuses a connection is passed over. A connection that was handed on stays where it is, whatever becomes of
    readiness: kept connections are for those at its two ends to give up in time.

    Args:
        port: where it listens.
        replicas: by port, what says whether somebody is ready there.
        look_every_s: seconds between two looks at each.
    """

    def __init__(self, port: int, replicas: Mapping[int, Answers], look_every_s: float = 0.5) -> None:
        self._port = port
        self._replicas = replicas
        self._look_every_s = look_every_s
        self._turn = list(replicas)
        self._ready: set[int] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Take connections from now on."""
        self._server = await asyncio.start_server(self._carry, HOST, self._port)
        self._looking = [
            asyncio.create_task(self._look(port, is_ready), name=f"look at {port}")
            for port, is_ready in self._replicas.items()
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more, and break off those that there are."""
        self._server.close()
        tasks = [*self._looking, *self._carrying]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, port: int, is_ready: Answers) -> None:
        while True:
            (self._ready.add if await is_ready() else self._ready.discard)(port)
            await asyncio.sleep(self._look_every_s)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._carrying.add(this)
        this.add_done_callback(self._carrying.discard)
        try:
            there = await self._connect()
            if there is not None:
                await _join((reader, writer), there)
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._turn:
            self._turn.append(self._turn.pop(0))
            port = self._turn[-1]
            if port in self._ready:
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection(HOST, port)
        return None


async def _join(
    here: tuple[asyncio.StreamReader, asyncio.StreamWriter], there: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    """Carry what each end says to the other, until one of them leaves."""
    try:
        ways = [asyncio.create_task(_carry_on(here[0], there[1])), asyncio.create_task(_carry_on(there[0], here[1]))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        there[1].close()


async def _carry_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
