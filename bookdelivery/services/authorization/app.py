"""The authorization server's addresses, on Litestar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oidc.discovery import OpenIDProviderMetadata
from litestar import Litestar, Request, Response, get, post

from bookdelivery.adapters.inbound.rest.page import language_of
from bookdelivery.services.authorization.keys import SigningKeys
from bookdelivery.services.authorization.page import sign_in_page
from bookdelivery.services.authorization.people import PASSWORD, Client
from bookdelivery.services.authorization.requests import Answer, Asked
from bookdelivery.services.authorization.server import DevelopmentServer, person_of

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_NO_STORE = {"Cache-Control": "no-store"}


def authorization_app(
    issuer: str, audience: str, keys: SigningKeys, clients: Mapping[str, Client], *, lasts_s: int = 900
) -> Litestar:
    """Make the ASGI application.

    Args:
        issuer: its own address, as browsers and services reach it.
        audience: for whom its access tokens are.
        keys: signs them.
        clients: the programs it knows, by name.
        lasts_s: seconds that a token is good for.
    """
    server = DevelopmentServer(issuer, audience, keys, clients, lasts_s)
    described = metadata(issuer, keys, server)

    @get(["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
    async def read_metadata() -> AnyResponse:
        return Response(described, headers={"Cache-Control": "max-age=300"})

    @get("/jwks")
    async def read_keys() -> AnyResponse:
        return Response(keys.shown(), headers={"Cache-Control": "max-age=60"})

    @get("/authorize")
    async def show_sign_in(request: AnyRequest) -> AnyResponse:
        return _signing_in(server, request, await _asked(request, issuer))

    @post("/authorize")
    async def sign_in(request: AnyRequest) -> AnyResponse:
        return _signing_in(server, request, await _asked(request, issuer))

    @post("/token")
    async def give_token(request: AnyRequest) -> AnyResponse:
        return _written(server.create_token_response(await _asked(request, issuer)))

    handlers = [read_metadata, read_keys, show_sign_in, sign_in, give_token]
    return Litestar(handlers, openapi_config=None, request_max_body_size=16 * 1024, logging_config=None, debug=False)


def metadata(issuer: str, keys: SigningKeys, server: DevelopmentServer) -> dict[str, Any]:
    """Say what the server does (OpenID Connect Discovery 1.0, RFC 8414)."""
    described = OpenIDProviderMetadata(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": sorted({"RS256", keys.algorithm}),
            "scopes_supported": server.scopes_supported,
            "claims_supported": ["sub", "name", "iss", "aud", "exp", "iat", "nonce"],
            "ui_locales_supported": ["en", "ko"],
        }
    )
    return dict(described)


def _signing_in(server: DevelopmentServer, request: AnyRequest, asked: Asked) -> AnyResponse:
    try:
        grant = server.get_consent_grant(asked)
    except OAuth2Error as error:
        # It goes back to the program only where that is registered; otherwise nobody is sent anywhere.
        return _written(server.handle_error_response(asked, error))
    typed = {name: given[0] for name, given in asked.form.items()}
    person = person_of(typed.get("name", ""), typed.get("password", ""), PASSWORD)
    if person is not None:
        return _written(server.create_authorization_response(asked, grant_user=person, grant=grant))
    query = [(name, value) for name, given in asked.query.items() for value in given]
    language = language_of(request.query_params.get("lang"), request.headers.get("accept-language", ""))
    wrong = asked.method == "POST"
    payload = grant.request.payload
    text, headers = sign_in_page(
        query, language, payload.client_id, payload.redirect_uri, name=typed.get("name", ""), wrong=wrong
    )
    return Response(text.encode(), status_code=401 if wrong else 200, media_type="text/html", headers=headers)


async def _asked(request: AnyRequest, issuer: str) -> Asked:
    query = request.scope["query_string"].decode("latin-1")
    body = (await request.body()).decode("utf-8", errors="replace") if request.method == "POST" else ""
    return Asked(
        request.method,
        f"{issuer}{request.url.path}?{query}",
        _values(query),
        _values(body),
        request.headers.get("authorization", ""),
    )


def _values(encoded: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        found[name].append(value)
    return found


def _written(answer: Answer) -> AnyResponse:
    headers = {**answer.headers, **_NO_STORE}
    headers.pop("Content-Type", None)
    if not answer.body:
        return Response(b"", status_code=answer.status, headers=headers, media_type="text/plain")
    return Response(answer.body, status_code=answer.status, headers=headers, media_type="application/json")
