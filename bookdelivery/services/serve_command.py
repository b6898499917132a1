"""`bookdelivery serve`: one context in this process, or all of them in a process each."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.serving import PORTS, Serving, listening, serve
from bookdelivery.services.supervising import Supervisor, this_program

ALL = "all"


def run_serve(
    context: str,
    *,
    url: str,
    broker_url: str | None,
    stores: Mapping[str, str],
    host: str,
    first_port: int,
    at: Mapping[str, str],
) -> int:
    """Serve until asked to end; see `bookdelivery serve --help`.

    Args:
        context: its name, or `ALL`.
        url: where the data are; see `bookdelivery.Bookstore.open`.
        broker_url: where the topic is; None: with the data.
        stores: where some contexts keep their data instead.
        host: the address to listen on.
        first_port: the first context's port; the others follow in the order of `PORTS`.
        at: where contexts are that are not on this computer, by name.

    Raises:
        InvalidField: a context, address or port is none, or somebody listens there already.
        UnusableStore, Unavailable, MissingExtra: as `Bookstore.open` says.
    """
    ports = {name: first_port + place for place, name in enumerate(PORTS)}
    if context != ALL and context not in ports:
        raise InvalidField("serve", "context", context, f"{ALL} or one of {', '.join(ports)}")
    for name in at:
        if name not in ports:
            raise InvalidField("serve", "at", name, f"one of {', '.join(ports)}")
    addresses = {name: f"http://{host}:{port}" for name, port in ports.items()} | dict(at)
    if context == ALL:
        return _serve_all(url, broker_url, stores, host, ports)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.INFO)
    # The calls between contexts; who takes them has them in its own log.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    serving = Serving(
        contexts=[context],
        url=url,
        broker_url=broker_url,
        stores=stores,
        host=host,
        port=ports[context],
        addresses=addresses,
    )
    asyncio.run(serve(serving))
    return 0


def _serve_all(url: str, broker_url: str | None, stores: Mapping[str, str], host: str, ports: Mapping[str, int]) -> int:
    if url.startswith("memory:"):
        raise InvalidField("serve", "url", url, "a place that several processes share, such as sqlite:///shop.db")
    for port in ports.values():
        # Said here at once, rather than by a process that is started again and again.
        listening(host, port).close()
    common = ["--url", url, "--host", host, "--first-port", str(min(ports.values()))]
    common += [] if broker_url is None else ["--broker-url", broker_url]
    for name, place in stores.items():
        common += [f"--stores.{name}", place]
    commands = {name: this_program("serve", name, *common) for name in ports}
    width = max(map(len, ports))
    asyncio.run(Supervisor(commands, lambda name, line: _say(f"{name:{width}} | {line}")).run())
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
