"""The configuration of the services: a class for each section of `bookdelivery.toml`.

Each key has a default, so that a file says only what is different here. The file, the environment
(`BOOKDELIVERY_HTTP_FIRST_PORT`) and flags (`--http.first-port`) are put together by
`bookdelivery.services.config_loading`. A new section is a class here and a line in `Config`; the reference page, the
environment and the flags follow.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bookdelivery.services.config_keys import PORT, SECRET, TABLE, TEXT, TEXTS, YES_OR_NO, key, number, one_of, whole

_FIRST_PORT = 8081
_FIRST_GRPC_PORT = 9081


@attrs.frozen(kw_only=True)
class DataSection:
    """Where the contexts keep their data, and where the topic is."""

    url: str = key("sqlite:///bookdelivery.db", TEXT, "Where the data are: see the how-to “Choose a store”.")
    broker_url: str = key("", TEXT, "Where the topic is: see the how-to “Choose a broker”. Empty: with the data.")
    stores: Mapping[str, str] = key(
        {}, TABLE, "Where some contexts keep their data instead: URLs by the context's name or by its kind of store."
    )


@attrs.frozen(kw_only=True)
class HttpSection:
    """Where the services listen for HTTP, and where they find one another."""

    host: str = key("127.0.0.1", TEXT, "The address to listen on, of every server.")
    first_port: int = key(
        _FIRST_PORT,
        PORT,
        "The order context's port; ordermanagement, delivery, payment and mypage have those after it.",
    )
    at: Mapping[str, str] = key(
        {}, TABLE, "Where a context is found that is not on this computer: see the how-to “Find other services”."
    )


@attrs.frozen(kw_only=True)
class GrpcSection:
    """The same over gRPC."""

    enabled: bool = key(False, YES_OR_NO, "Whether each service answers over gRPC too.")
    first_port: int = key(
        _FIRST_GRPC_PORT, PORT, "The order context's gRPC port; the others follow in the same order as with HTTP."
    )


@attrs.frozen(kw_only=True)
class SecuritySection:
    """Whose tokens the services accept. Without an issuer they ask for none, as in the original system."""

    issuer: str = key("", TEXT, "Who issues the tokens: the `iss` they must have. Empty: no token is asked for.")
    audience: str = key("bookdelivery", TEXT, "Whom tokens must be meant for: the `aud` they must have.")
    jwks_url: str = key("", TEXT, "Where the issuer's public keys are. Empty: as the issuer's metadata says.")
    client_id: str = key("services", TEXT, "The name by which the services get the tokens of their own calls.")
    client_secret: str = key("", SECRET, "What proves that it is theirs. In development it may be left out.")
    leeway_s: int = key(30, whole(0, 300), "The seconds by which the issuer's clock may differ from ours.")


@attrs.frozen(kw_only=True)
class GatewaySection:
    """The one entrance from outside."""

    port: int = key(8088, PORT, "The port it listens on.")
    allowed_origins: tuple[str, ...] = key((), TEXTS, "The origins whose pages may use it from a browser (CORS).")
    sign_in_client: str = key(
        "shop-page",
        TEXT,
        "The gateway's name at the issuer, to sign in people who ask for a page. Empty: everybody brings a token.",
    )
    trusted_proxies: tuple[str, ...] = key(
        (), TEXTS, "The networks of our own proxies before it (10.0.0.0/8): what they say of a client's address counts."
    )
    per_caller_per_second: float = key(
        20.0, number(0.01, "requests a second"), "What one caller may ask in the long run, whatever tokens they show."
    )
    per_address_per_second: float = key(
        100.0, number(0.01, "requests a second"), "What may come from one address in the long run, by whoever it is."
    )
    burst_s: float = key(
        2.0, number(0.01, "seconds"), "How many seconds' worth of requests may come at the same moment."
    )
    largest_body_bytes: int = key(65_536, whole(1, 2**30), "A longer body is refused with 413.")
    largest_headers_bytes: int = key(16_384, whole(1_024, 2**20), "Longer headers are refused with 431.")
    headers_within_s: float = key(
        10.0, number(0.1, "seconds"), "How long a client of any process has to send its headers; then 408."
    )
    body_within_s: float = key(
        10.0, number(0.1, "seconds"), "How long a client of any process has to send its body; then 408."
    )
    answer_within_s: float = key(15.0, number(0.1, "seconds"), "How long a service has to begin its answer; then 504.")
    most_connections: int = key(1_000, whole(1, 1_000_000), "More connections at the same time get 503.")


@attrs.frozen(kw_only=True)
class AuthorizationSection:
    """The authorization server for development."""

    port: int = key(8090, PORT, "The port it listens on.")
    development: bool = key(False, YES_OR_NO, "Whether this is development. It refuses to start anywhere else.")
    algorithm: str = key("RS256", one_of("RS256", "Ed25519"), "What tokens are signed with.")
    token_lasts_s: int = key(900, whole(1, 86_400), "How long a token is good for.")
    rotate_s: float = key(86_400.0, number(1, "seconds"), "How long a key signs before there is a new one.")
    redirect_uris: tuple[str, ...] = key(
        (), TEXTS, "Where a browser may come back to after signing in, beside /signed-in on this computer."
    )


@attrs.frozen(kw_only=True)
class OperationsSection:
    """What whoever operates the services sees of them, and how patient they are."""

    log_format: str = key("text", one_of("text", "json"), "Log lines for people, or one JSON object a line.")
    log_level: str = key(
        "info", one_of("debug", "info", "warning", "error"), "The least important lines that are logged."
    )
    metrics: bool = key(False, YES_OR_NO, "Whether each service tells Prometheus how it does, at `/metrics`.")
    traces: str = key("", TEXT, "The OTLP endpoint that traces go to, such as http://127.0.0.1:4318. Empty: none.")
    start_patience_s: float = key(
        60.0,
        number(0, "seconds"),
        "How long a broker or database that is not there at the start is waited for; then the process ends.",
    )
    linger_s: float = key(
        0.0,
        number(0, "seconds"),
        "How long requests are still taken when a process is to end and says that it is not ready any more, for load"
        " balancers to notice.",
    )
    drain_s: float = key(
        10.0,
        number(0, "seconds"),
        "How long requests in work, and then events that wait to be published, get when a process is to end.",
    )


@attrs.frozen(kw_only=True)
class Config:
    """All of it. `Config()` is the bookstore on SQLite in the working directory."""

    data: DataSection = attrs.field(factory=DataSection)
    http: HttpSection = attrs.field(factory=HttpSection)
    grpc: GrpcSection = attrs.field(factory=GrpcSection)
    security: SecuritySection = attrs.field(factory=SecuritySection)
    gateway: GatewaySection = attrs.field(factory=GatewaySection)
    authorization: AuthorizationSection = attrs.field(factory=AuthorizationSection)
    operations: OperationsSection = attrs.field(factory=OperationsSection)
