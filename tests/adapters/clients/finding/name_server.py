"""A real name server on a free port of this computer, whose zone a test can change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
from dnslib import QTYPE, RCODE, RR, SRV, A, DNSRecord
from dnslib.server import BaseResolver, DNSServer


@attrs.define
class Zone(BaseResolver):  # type: ignore[misc]
    """The names of a cluster.

    Attributes:
        services: host, port, priority and weight of each place, by the name of the SRV records.
        hosts: the address of each host.
        ttl_s: the time to live of every answer.
        silent: whether it answers nothing at all.
        asked: what was asked for.
    """

    services: dict[str, list[tuple[str, int, int, int]]] = attrs.field(factory=dict)
    hosts: dict[str, str] = attrs.field(factory=dict)
    ttl_s: int = 1
    silent: bool = False
    asked: list[str] = attrs.field(factory=list)

    def resolve(self, request: DNSRecord, handler: Any) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        self.asked.append(f"{kind} {name}")
        if self.silent:
            reply.header.rcode = RCODE.SERVFAIL
        elif kind == "SRV" and name in self.services:
            for host, port, priority, weight in self.services[name]:
                data = SRV(priority=priority, weight=weight, port=port, target=host)
                reply.add_answer(RR(name, QTYPE.SRV, ttl=self.ttl_s, rdata=data))
        elif kind == "A" and name in self.hosts:
            reply.add_answer(RR(name, QTYPE.A, ttl=self.ttl_s, rdata=A(self.hosts[name])))
        elif name not in self.hosts:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


class _Quiet:
    def __getattr__(self, _: str) -> Any:
        return lambda *_: None


@contextmanager
def name_server(zone: Zone) -> Iterator[int]:
    """Serve a zone; gives the port."""
    server = DNSServer(zone, address="127.0.0.1", port=0, logger=_Quiet())
    server.start_thread()
    try:
        yield server.server.server_address[1]
    finally:
        server.stop()
        server.server.server_close()
        server.thread.join()
