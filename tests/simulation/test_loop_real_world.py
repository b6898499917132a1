"""What reaches out into the real world is refused, with a word on what to do instead."""

import asyncio
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bookdelivery.simulation.loop import VirtualLoop
from bookdelivery.simulation.loop_errors import NotSimulated
from tests.virtual import run_virtual


def running() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


REFUSED: dict[str, Callable[[], Awaitable[Any]]] = {
    "run_in_executor": lambda: asyncio.to_thread(time.sleep, 0),
    "getaddrinfo": lambda: running().getaddrinfo("localhost", 80),
    "getnameinfo": lambda: running().getnameinfo(("127.0.0.1", 80)),
    "create_connection": lambda: asyncio.open_connection("localhost", 80),
    "create_server": lambda: asyncio.start_server(print, "localhost", 0),
    "create_unix_connection": lambda: asyncio.open_unix_connection("no-such-socket"),
    "create_datagram_endpoint": lambda: running().create_datagram_endpoint(asyncio.DatagramProtocol),
    "subprocess_exec": lambda: asyncio.create_subprocess_exec("true"),
    "subprocess_shell": lambda: asyncio.create_subprocess_shell("true"),
    "connect_read_pipe": lambda: running().connect_read_pipe(asyncio.Protocol, None),
}


@pytest.mark.parametrize("method", sorted(REFUSED))
def test_asking_for_the_real_world_is_refused(method: str) -> None:
    async def ask() -> None:
        await REFUSED[method]()

    with pytest.raises(NotSimulated) as caught:
        run_virtual(ask())

    assert isinstance(caught.value, NotImplementedError)
    assert caught.value.refused == f"loop.{method}()"
    assert (
        str(caught.value)
        == f"loop.{method}() is not simulated: {caught.value.reason}. Instead: {caught.value.instead}."
    )


@pytest.mark.parametrize("method", ["add_reader", "add_writer", "remove_reader", "remove_writer"])
def test_watching_a_file_descriptor_is_refused(method: str) -> None:
    with pytest.raises(NotSimulated, match=method):
        getattr(VirtualLoop(), method)(0, print)


def test_signal_handlers_are_refused() -> None:
    with pytest.raises(NotSimulated, match="crash"):
        VirtualLoop().add_signal_handler(signal.SIGTERM, print)


def test_every_method_of_an_event_loop_is_either_there_or_refused() -> None:
    """Nothing is left to asyncio's own bare NotImplementedError."""
    left = [
        name
        for name, method in vars(asyncio.AbstractEventLoop).items()
        if not name.startswith("__") and getattr(VirtualLoop, name) is method
    ]

    assert [name for name in left if name != "_timer_handle_cancelled"] == []


def test_sockets_of_ones_own_are_refused_too() -> None:
    async def receive() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            await asyncio.get_running_loop().sock_recv(ours, 1)

    with pytest.raises(NotSimulated, match="simulated network"):
        run_virtual(receive())
