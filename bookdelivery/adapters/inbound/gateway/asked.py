"""A request at the gateway, and what becomes known of it on its way."""

from __future__ import annotations

import uuid
from collections.abc import MutableMapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import attrs

from bookdelivery.adapters.inbound.gateway.headers import REQUEST_ID, Headers, client_address, request_id, values
from bookdelivery.adapters.inbound.security.caller import Caller


@attrs.define
class Asked:
    """A request, and what becomes known of it.

    Attributes:
        id: of the request, in logs and answers.
        method: of HTTP.
        path: as it was sent, without the query.
        query: as it was sent.
        scheme: http or https.
        headers: the client's.
        address: where it comes from.
        service: where it goes.
        template: the form of its path; None where it leads nowhere.
        caller: who asks.
        token: the one that the gateway keeps for them; None where they sent it themselves.
    """

    id: str
    method: str
    path: str
    query: str
    scheme: str
    headers: Headers
    address: str
    service: str = "the gateway"
    template: str | None = None
    caller: Caller | None = None
    token: str | None = attrs.field(default=None, repr=False)

    @classmethod
    def read(cls, scope: MutableMapping[str, Any], trusted: Sequence[IPv4Network | IPv6Network]) -> Asked:
        """Read it from ASGI's scope."""
        headers: Headers = scope["headers"]
        peer = scope["client"][0] if scope.get("client") else "unknown"
        return cls(
            id=request_id(headers) or uuid.uuid4().hex,
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            scheme=scope["scheme"],
            headers=headers,
            address=client_address(peer, headers, trusted),
        )

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_form(self) -> bool:
        """Whether its body says that it is a form's."""
        return any("form" in value.lower() for value in values(self.headers, "content-type"))

    @property
    def is_for_a_page(self) -> bool:
        """Whether a person asks for a page, and not a program for data."""
        return any("text/html" in value for value in values(self.headers, "accept"))

    def told(self) -> dict[str, str]:
        """Give what the gateway tells the service of it."""
        told = {"x-forwarded-for": self.address, "x-forwarded-proto": self.scheme, REQUEST_ID: self.id}
        if self.token is not None:
            told["authorization"] = f"Bearer {self.token}"
        hosts = values(self.headers, "host")
        return told | {"host": hosts[0]} if hosts else told
