"""The part of an event loop that reaches out into the real world, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from bookdelivery.simulation.loop_errors import NotSimulated

_SOCKET = (
    "a socket answers in real time, and virtual time has stood still or run on meanwhile",
    "send through the simulated network, or through an in-memory adapter of the port",
)
_PIPE = (
    "a pipe or file descriptor becomes ready in real time",
    "pass the data through an asyncio.Queue, or through an in-memory adapter of the port",
)
_THREAD = (
    "a thread takes real time, and ends at another moment in each run",
    "await the work itself, and asyncio.sleep() for as long as it takes",
)
_NAMES = (
    "name resolution asks the real network",
    "address the simulated network by the names it was given",
)
_PROCESS = (
    "a subprocess runs in real time",
    "model it as a loop of its own on the same environment, or as a SimPy process",
)
_SIGNAL = (
    "a signal arrives in real time",
    "schedule what it would cause with call_at(), or crash() the loop",
)


def _refused(name: str, why: tuple[str, str]) -> Callable[..., NoReturn]:
    def refuse(_loop: object, *_args: object, **_kwargs: object) -> NoReturn:
        raise NotSimulated(f"loop.{name}()", *why)

    return refuse


def _refused_async(name: str, why: tuple[str, str]) -> Callable[..., Coroutine[Any, Any, NoReturn]]:
    async def refuse(_loop: object, *_args: object, **_kwargs: object) -> NoReturn:
        raise NotSimulated(f"loop.{name}()", *why)

    return refuse


class WithoutRealWorld(asyncio.AbstractEventLoop):
    """An event loop that has no sockets, pipes, threads, subprocesses or signals.

    Each of their methods raises `NotSimulated`: at once, or when awaited where asyncio's is a coroutine.
    """

    run_in_executor = _refused("run_in_executor", _THREAD)  # type: ignore[assignment]
    set_default_executor = _refused("set_default_executor", _THREAD)

    getaddrinfo = _refused_async("getaddrinfo", _NAMES)
    getnameinfo = _refused_async("getnameinfo", _NAMES)

    create_connection = _refused_async("create_connection", _SOCKET)
    create_server = _refused_async("create_server", _SOCKET)
    create_unix_connection = _refused_async("create_unix_connection", _SOCKET)
    create_unix_server = _refused_async("create_unix_server", _SOCKET)
    create_datagram_endpoint = _refused_async("create_datagram_endpoint", _SOCKET)
    connect_accepted_socket = _refused_async("connect_accepted_socket", _SOCKET)
    start_tls = _refused_async("start_tls", _SOCKET)
    sendfile = _refused_async("sendfile", _SOCKET)
    sock_recv = _refused_async("sock_recv", _SOCKET)
    sock_recv_into = _refused_async("sock_recv_into", _SOCKET)
    sock_recvfrom = _refused_async("sock_recvfrom", _SOCKET)
    sock_recvfrom_into = _refused_async("sock_recvfrom_into", _SOCKET)
    sock_sendall = _refused_async("sock_sendall", _SOCKET)
    sock_sendto = _refused_async("sock_sendto", _SOCKET)
    sock_sendfile = _refused_async("sock_sendfile", _SOCKET)
    sock_connect = _refused_async("sock_connect", _SOCKET)
    sock_accept = _refused_async("sock_accept", _SOCKET)

    connect_read_pipe = _refused_async("connect_read_pipe", _PIPE)
    connect_write_pipe = _refused_async("connect_write_pipe", _PIPE)
    add_reader = _refused("add_reader", _PIPE)  # type: ignore[assignment]
    remove_reader = _refused("remove_reader", _PIPE)
    add_writer = _refused("add_writer", _PIPE)  # type: ignore[assignment]
    remove_writer = _refused("remove_writer", _PIPE)

    subprocess_shell = _refused_async("subprocess_shell", _PROCESS)
    subprocess_exec = _refused_async("subprocess_exec", _PROCESS)

    add_signal_handler = _refused("add_signal_handler", _SIGNAL)  # type: ignore[assignment]
    remove_signal_handler = _refused("remove_signal_handler", _SIGNAL)
