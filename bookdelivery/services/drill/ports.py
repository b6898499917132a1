"""Ports of this computer that nobody listens on, and whether somebody does."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket

import httpx

from bookdelivery.services.drill.fleet import Answers

HOST = "127.0.0.1"

_ANSWER_WITHIN_S = 5.0

_LOWEST, _HIGHEST = 20_000, 32_000
"""Below those of outgoing connections, as such a one could sit on the port of a server that was killed."""

_tries = itertools.count()


def free_ports(number: int) -> int:
    """Find ports that follow on one another, where a server can be started again too; gives the first."""
    while True:
        # Processes that look at the same time begin in different places.
        first = _LOWEST + (977 * os.getpid() + 11 * next(_tries)) % (_HIGHEST - _LOWEST)
        try:
            for place in range(number):
                socket.create_server((HOST, first + place)).close()
        except OSError:
            continue
        return first


def is_ready(port: int) -> Answers:
    """Ask a service whether it is ready."""

    async def answers() -> bool:
        try:
            # No TLS is spoken here, and to read the authorities takes far longer than the question.
            async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_WITHIN_S, verify=False) as http:  # noqa: S501
                return (await http.get(f"http://{HOST}:{port}/readyz")).is_success
        except httpx.TransportError:
            return False

    return answers


def listens(host: str, port: int) -> Answers:
    """Ask whether somebody takes connections."""

    async def answers() -> bool:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    return answers
