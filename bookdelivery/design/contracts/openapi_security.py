"""Who may ask for what, as OpenAPI says it: access tokens (OAuth 2.1), and the scope that each operation needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookdelivery.design.contracts import openapi_parts as parts
from bookdelivery.kernel.resources import CALLS, scope_of

ISSUER = "http://localhost:8090"
"""The authorization server for development."""

WORDS = (
    "Where an issuer is configured, the gateway and each service ask for its access token (a JWT by RFC 9068) with the"
    " scope of the operation; customers are shown their own only, and what is not theirs is not known (404). Without an"
    " issuer, as on a developer's machine, nobody is asked. The gateway leads to everything here but `/calls`, which is"
    " for contexts alone."
)


def secured(document: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a document what each of its operations asks for, and what is answered to those who have it not."""
    needed: dict[str, None] = {}
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        paths[path] = dict(item)
        for method in [name for name in item if name in ("get", "post", "patch")]:
            scope = _scope(path, method)
            needed[scope] = None
            paths[path][method] = {
                **item[method],
                "security": [{"oauth2": [scope]}, {"bearer": [scope]}],
                "responses": {**item[method]["responses"], **parts.problems("401", "403")},
            }
    info, components = document["info"], document["components"]
    return {
        **document,
        "info": {**info, "description": f"{info['description']} {WORDS}"},
        "paths": paths,
        "components": {**components, "securitySchemes": _schemes(sorted(needed))},
    }


def _scope(path: str, method: str) -> str:
    collection = path.split("/")[1]
    return CALLS if collection == CALLS else scope_of(collection, writes=method != "get")


def _schemes(scopes: list[str]) -> dict[str, Any]:
    meanings = {scope: _meaning(scope) for scope in scopes}
    tokens = {"tokenUrl": f"{ISSUER}/token", "scopes": meanings}
    return {
        "oauth2": {
            "type": "oauth2",
            "description": "People sign in (with PKCE), programs show their own secret. The addresses are those of the"
            " authorization server for development; another issuer tells its own in its metadata.",
            "flows": {
                "authorizationCode": {"authorizationUrl": f"{ISSUER}/authorize", **tokens},
                "clientCredentials": tokens,
            },
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The token itself, in the header Authorization; nowhere else.",
        },
    }


def _meaning(scope: str) -> str:
    if scope == CALLS:
        return "Contexts send one another commands."
    collection, _, verb = scope.partition(":")
    return f"{'Change' if verb == 'write' else 'Read'} {collection}."
