"""Places from DNS: SRV records (RFC 2782), as Kubernetes keeps them for each named port of a service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

from bookdelivery.adapters.clients.finding.places import Place
from bookdelivery.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

SHORTEST_S, LONGEST_S = 1.0, 300.0
"""Bounds of how long an answer is used, whatever its time to live."""

PATIENCE_S = 2.0
"""Seconds that name servers are given for all of a look-up."""


class SrvNames:
    """A service found by its SRV records, looked up again when their time to live has passed.

    While no name server answers, what was found last is used further.

    Args:
        name: such as `_http._tcp.payment.default.svc`; the resolver's search list applies.
        server: the name server's address and port; None: as this computer is configured.
    """

    def __init__(self, name: str, server: tuple[str, int] | None = None) -> None:
        self._name = name
        self._resolver = Resolver(configure=server is None)
        if server is not None:
            self._resolver.nameservers, self._resolver.port = [server[0]], server[1]
        self._resolver.lifetime = PATIENCE_S
        self._known: Sequence[Place] = ()
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def places(self) -> Sequence[Place]:
        """Give the places; see `Finder.places`."""
        now = asyncio.get_running_loop().time
        if now() >= self._until:
            async with self._looking:
                if now() >= self._until:
                    await self._look()
        return self._known

    async def _look(self) -> None:
        try:
            found, lasts_s = await self._found()
        except DNSException as error:
            # A name that is gone is gone; a name server that is away may be back soon.
            if not self._known or isinstance(error, (NXDOMAIN, NoAnswer)):
                self._known = ()
                raise Unavailable(f"DNS has no place for {self._name}: {error}") from error
            logger.warning("DNS does not answer for %s (%s); its last places are used further", self._name, error)
            found, lasts_s = self._known, SHORTEST_S
        self._known = found
        if not found:
            raise Unavailable(f"DNS has no place for {self._name}")
        self._until = asyncio.get_running_loop().time() + min(max(lasts_s, SHORTEST_S), LONGEST_S)

    async def _found(self) -> tuple[Sequence[Place], float]:
        answer = await self._resolver.resolve(self._name, "SRV", search=True)
        records = answer.rrset or ()
        # A target of "." says that the service is decidedly not there (RFC 2782).
        targets = [record for record in records if record.target.to_text() != "."]
        lasts_s = float(answer.rrset.ttl) if answer.rrset is not None else 0.0
        places: list[Place] = []
        for record in targets:
            for host, host_lasts_s in await self._addresses(record.target.to_text()):
                places.append(Place(host, record.port, record.priority, record.weight))
                lasts_s = min(lasts_s, host_lasts_s)
        return sorted(places), lasts_s

    async def _addresses(self, target: str) -> Sequence[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        for kind in ("A", "AAAA"):
            try:
                answer = await self._resolver.resolve(target, kind, search=False)
            except (NoAnswer, NXDOMAIN):
                continue
            if answer.rrset is not None:
                found += [(record.address, float(answer.rrset.ttl)) for record in answer.rrset]
        return found
