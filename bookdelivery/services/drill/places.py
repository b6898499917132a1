"""Where a drill's services keep their data, and what servers it may kill."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.levers import BROKER
from bookdelivery.services.drill.ports import listens
from bookdelivery.simulation import Scenario

DATA = "data"
"""What the server is called that has the data of all contexts that have no other."""

_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "redis": 6379, "rediss": 6379, "kafka": 9092}


@attrs.frozen(kw_only=True)
class Places:
    """Where everything is.

    Attributes:
        url: the data.
        broker_url: the topic; None: with the data.
        stores: the data of some contexts, by name.
        run: the command of each server that the drill runs, and may kill: `BROKER`, `DATA`, or a key of `stores`.
    """

    url: str
    broker_url: str | None = None
    stores: Mapping[str, str] = attrs.field(factory=dict)
    run: Mapping[str, str] = attrs.field(factory=dict)

    def flags(self) -> Mapping[str, str | Mapping[str, str]]:
        """Write it as flags of `bookdelivery serve`."""
        flags: dict[str, str | Mapping[str, str]] = {"data.url": self.url}
        if self.broker_url is not None:
            flags["data.broker_url"] = self.broker_url
        return {**flags, "data.stores": self.stores} if self.stores else flags

    def servers(self, directory: Path) -> Mapping[str, Process]:
        """Give the servers that the drill runs, not started yet.

        Args:
            directory: where their output goes.

        Raises:
            InvalidField: there is no server of this name, or a command cannot be read.
        """
        urls = {BROKER: self.broker_url or self.url, DATA: self.url, **self.stores}
        servers = {}
        for name, line in self.run.items():
            at = urlsplit(urls.get(name, ""))
            port = at.port or _PORTS.get(at.scheme.partition("+")[0])
            if port is None:
                allowed = "a server, whose URL is given; " + ", ".join(sorted(urls))
                raise InvalidField("drill", f"run.{name}", line, allowed)
            try:
                command = shlex.split(line)
            except ValueError as error:
                raise InvalidField("drill", f"run.{name}", line, f"a command as a shell reads it ({error})") from error
            servers[name] = Process(name, command, directory / f"{name}.log", listens(at.hostname or "", port))
        return servers

    def by_context(self, servers: Mapping[str, Process], contexts: tuple[str, ...]) -> Mapping[str, Process]:
        """Give the servers by `BROKER` and by the names of the contexts whose data they have."""
        found = {BROKER: servers[BROKER]} if BROKER in servers else {}
        for name in contexts:
            server = servers.get(name if name in self.stores else DATA)
            if server is not None:
                found[name] = server
        return found


def with_topic(broker_url: str | None, scenario: Scenario) -> str | None:
    """Give a broker's URL with a topic of the drill's own, unless it names one, with the scenario's partitions."""
    if broker_url is None or (parts := urlsplit(broker_url)).scheme not in ("kafka", "redis", "rediss"):
        return broker_url
    settings = dict(parse_qsl(parts.query))
    topic, path = f"drill-{time.time_ns() // 1_000_000}", parts.path
    settings.setdefault("partitions", str(scenario.topic.partitions))
    session_s = scenario.topic.session_timeout_s
    if parts.scheme == "kafka":
        path = path if path.strip("/") else f"/{topic}"
        settings.setdefault("session.timeout.ms", str(round(1000 * session_s)))
    else:
        settings.setdefault("topic", topic)
        settings.setdefault("lease_s", f"{session_s:g}")
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(settings), ""))
