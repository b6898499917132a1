"""`bookdelivery serve`: one context or server in this process, or all of them in a process each."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bookdelivery.adapters.observability.logs import log_to
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.services.alone import alone
from bookdelivery.services.beside import BESIDE
from bookdelivery.services.config import Config
from bookdelivery.services.config_loading import Flags, load_config
from bookdelivery.services.config_printing import printed
from bookdelivery.services.http_server import listening
from bookdelivery.services.masking import masked
from bookdelivery.services.serving import grpc_ports_of, ports_of, serve
from bookdelivery.services.supervising import FAILED, Supervisor, this_program

logger = logging.getLogger(__name__)

ALL = "all"


def run_serve(what: str, *, file: Path | None, flags: Flags, print_config: bool) -> int:
    """Serve until asked to end; see `bookdelivery serve --help`.

    Args:
        what: a context's name, that of a server beside them, or `ALL`.
        file: the configuration file.
        flags: what flags say instead of it.
        print_config: print the configuration, and serve nothing.

    Raises:
        UnreadableConfig, WrongSetting: the configuration is not as it must be.
        ServedAlready: another `serve all` is at work on the same files.
        InvalidField: there is nothing of this name, an address or port is none, or somebody listens there already.
        MissingExtra: a URL's kind needs packages that are not installed.

    Returns:
        The exit status: 0, or `FAILED`.
    """
    loaded = load_config(file, flags)
    config = loaded.config
    ports = ports_of(config)
    if what not in (ALL, *ports, *BESIDE):
        raise InvalidField("serve", "context", what, f"{ALL} or one of {', '.join((*ports, *BESIDE))}")
    for name in config.http.at:
        if name not in ports:
            raise InvalidField("serve", "at", name, f"one of {', '.join(ports)}")
    if print_config:
        sys.stdout.write(printed(loaded))
        return 0
    if what == ALL:
        return _serve_all(config, file, flags)
    log_to(
        sys.stderr,
        service=what,
        as_json=config.operations.log_format == "json",
        level=config.operations.log_level,
    )
    # The calls between contexts are in the log of whoever takes them; how the server comes and goes is told by us.
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        asyncio.run(_run(what, config))
    except (Unavailable, UnusableStore) as error:
        logger.critical("%s cannot be served: %s", what, error)
        return FAILED
    return 0


async def _run(what: str, config: Config) -> None:
    if what in BESIDE:
        await BESIDE[what].serve(config)
    else:
        await serve([what], config, port=ports_of(config)[what])


def _serve_all(config: Config, file: Path | None, flags: Flags) -> int:
    if config.data.url.startswith("memory:"):
        raise InvalidField("serve", "url", config.data.url, "a place that several processes share: sqlite:///shop.db")
    beside = {name: one.port(config) for name, one in BESIDE.items() if one.in_all(config)}
    ports = {**ports_of(config), **beside}
    over_grpc = grpc_ports_of(config).values() if config.grpc.enabled else ()
    for port in (*ports.values(), *over_grpc):
        # Said here at once, rather than by a process that is started again and again.
        listening(config.http.host, port).close()
    common = as_arguments(file, flags)
    commands = {name: this_program("serve", name, *common) for name in ports}
    as_json = config.operations.log_format == "json"
    log_to(sys.stdout, service=ALL, as_json=as_json, level=config.operations.log_level)
    data = config.data
    with alone((data.url, *data.stores.values())):
        say = _as_it_is if as_json else _beside_names(max(map(len, ports)))
        logger.info("%d processes with their data in %s; Ctrl+C ends them", len(ports), masked(data.url))
        asyncio.run(Supervisor(commands, say, _noted if as_json else say, _longest_end_s(config)).run())
    return 0


def _longest_end_s(config: Config) -> float:
    """Say how long a process takes at most to end in order: messages, requests (twice) and events have their time."""
    return config.operations.linger_s + 4 * config.operations.drain_s + 10.0


def as_arguments(file: Path | None, flags: Flags) -> list[str]:
    """Write what was said on the command line for another process to be told the same; see `run_serve`."""
    arguments = [] if file is None else ["--config", str(file.absolute())]
    for path, value in flags.items():
        if isinstance(value, Mapping):
            short = path.rpartition(".")[2]
            arguments += [part for name, one in value.items() for part in (f"--{short}.{name}", one)]
        else:
            arguments += [f"--{path}", value]
    return arguments


def _beside_names(width: int) -> Callable[[str, str], None]:
    return lambda name, line: _say(f"{name:{width}} | {line}")


def _as_it_is(name: str, line: str) -> None:  # noqa: ARG001 - a line of JSON says itself whose it is
    _say(line)


def _noted(name: str, line: str) -> None:
    logger.warning("%s %s", name, line, extra={"context": name})


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
