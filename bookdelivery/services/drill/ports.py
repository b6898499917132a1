"""Ports of this computer that nobody listens on, and whether somebody does."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import httpx

from bookdelivery.services.drill.fleet import Answers

HOST = "127.0.0.1"

_ANSWER_WITHIN_S = 5.0


def free_ports(number: int) -> int:
    """Find ports that follow on one another; gives the first."""
    while True:
        with socket.create_server((HOST, 0)) as door:
            first = int(door.getsockname()[1])
        try:
            for place in range(number):
                socket.create_server((HOST, first + place)).close()
        except (OSError, OverflowError):
            continue
        return first


def is_ready(port: int) -> Answers:
    """Ask a service whether it is ready."""

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_ANSWER_WITHIN_S) as http:
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
