"""An address as people write it: how to talk to a service, and how it is found.

`http://payment:8084`, `https://payment.example/shop`, `grpc://payment:9084`, `grpcs://...`: a fixed place.
`srv://_http._tcp.payment.default.svc`, `srv://_grpc._tcp.payment.default.svc`: by DNS, the service's label says how to
talk to it. `srv://10.0.0.10:53/_http._tcp.payment` asks that name server.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

import attrs

from bookdelivery.adapters.clients.finding.places import Finder, Fixed, Place
from bookdelivery.kernel.errors import InvalidField, MissingExtra

ALLOWED = (
    "an address such as http://host:8084, grpc://host:9084 or srv://_http._tcp.payment.default.svc "
    "(or _grpc; also https and grpcs)"
)


class Speech(StrEnum):
    """How to talk to a service."""

    HTTP = "http"
    HTTPS = "https"
    GRPC = "grpc"
    GRPCS = "grpcs"


_PORTS = {Speech.HTTP: 80, Speech.HTTPS: 443, Speech.GRPC: 80, Speech.GRPCS: 443}


@attrs.frozen
class Address:
    """Where a service is, and how to talk to it.

    Attributes:
        speech: how to talk to it.
        finder: knows where it is.
        path: what comes before its own paths, over HTTP; without a slash at the end.
    """

    speech: Speech
    finder: Finder
    path: str = ""


def address(text: str, field: str = "address") -> Address:
    """Read an address.

    Args:
        text: as it was written.
        field: whose it is, for the error.

    Raises:
        InvalidField: it is none.
        MissingExtra: what it needs is not installed.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidField("a service", field, text, ALLOWED) from error
    if not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise InvalidField("a service", field, text, ALLOWED)
    if parts.scheme == "srv":
        return _by_dns(text, field)
    if parts.scheme not in list(Speech):
        raise InvalidField("a service", field, text, ALLOWED)
    speech = Speech(parts.scheme)
    path = parts.path.rstrip("/")
    if path and speech in (Speech.GRPC, Speech.GRPCS):
        raise InvalidField("a service", field, text, f"{ALLOWED}; gRPC has no paths")
    return Address(speech, Fixed(Place(parts.hostname, port or _PORTS[speech])), path)


def found_in(environ: Mapping[str, str], context: str) -> str | None:
    """Give a context's address as the environment tells it, None if it does not.

    `BOOKDELIVERY_AT_PAYMENT` holds a whole address. What Kubernetes puts there for each service of the same namespace
    is understood as well: `PAYMENT_SERVICE_HOST` with `PAYMENT_SERVICE_PORT_HTTP`, `PAYMENT_SERVICE_PORT_GRPC` (ports
    of these names, HTTP first) or `PAYMENT_SERVICE_PORT` (its first port, by HTTP).

    Args:
        environ: the environment.
        context: its name.
    """
    name = context.upper().replace("-", "_")
    if told := environ.get(f"BOOKDELIVERY_AT_{name}"):
        return told
    host = environ.get(f"{name}_SERVICE_HOST")
    if not host:
        return None
    host = f"[{host}]" if ":" in host else host
    for variable, speech in (("PORT_HTTP", Speech.HTTP), ("PORT_GRPC", Speech.GRPC), ("PORT", Speech.HTTP)):
        if port := environ.get(f"{name}_SERVICE_{variable}"):
            return f"{speech}://{host}:{port}"
    return None


def _by_dns(text: str, field: str) -> Address:
    parts = urlsplit(text)
    name, server = parts.hostname or "", None
    if parts.path.strip("/"):
        name, server = parts.path.strip("/"), (parts.hostname or "", parts.port or 53)
    elif parts.port is not None:
        raise InvalidField("a service", field, text, f"{ALLOWED}; SRV records tell the port")
    service = name.partition(".")[0].removeprefix("_").lower()
    if not name.startswith("_") or service not in list(Speech):
        raise InvalidField("a service", field, text, ALLOWED)
    try:
        from bookdelivery.adapters.clients.finding.srv import SrvNames  # noqa: PLC0415 - only those need dnspython
    except ModuleNotFoundError as error:
        raise MissingExtra("dnspython", "discovery", "Finding a service by DNS") from error
    return Address(Speech(service), SrvNames(name, server))
