"""Whom the authorization server for development knows: people who sign in, and programs."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import attrs

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.actors import CUSTOMER
from bookdelivery.kernel.resources import CALLS, endpoints, scope_of
from bookdelivery.services.securing import DEVELOPMENT_SECRET

PASSWORD = "bookstore"  # noqa: S105 - it stands on the sign-in page
"""Everybody's, shown on the sign-in page: the page is there to try things out."""

STAFF_ROLE = "staff"

_OFFERED = [(context, endpoint) for context in BOOKSTORE for endpoint in endpoints(context)]

STAFF_SCOPES = frozenset(
    scope_of(endpoint.collection, writes=writes)
    for _, endpoint in _OFFERED
    for writes in (False, True)
    if not writes or endpoint.posts or endpoint.actions
)
"""Everything that people do, as the contexts declare it."""

CUSTOMER_SCOPES = frozenset(
    scope_of(endpoint.collection, writes=writes)
    for context, endpoint in _OFFERED
    for writes in (False, True)
    if endpoint.of.owner
    and (not writes or any(handler.actor == CUSTOMER for handler in context.handlers if handler.on is endpoint.of))
)
"""What customers do: read what is theirs, and change what is theirs to change."""

OPENID = frozenset({"openid", "profile"})


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who signs in.

    Attributes:
        name: by which they sign in.
        shown: their name for people.
        customer_id: the customer they are; None for those who work for the store.
    """

    name: str
    shown: str
    customer_id: int | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """What they may do at all."""
        return OPENID | (STAFF_SCOPES if self.customer_id is None else CUSTOMER_SCOPES)

    @property
    def claims(self) -> Mapping[str, object]:
        """What their tokens say of them to the bookstore."""
        return {"roles": [STAFF_ROLE]} if self.customer_id is None else {"customer_id": self.customer_id}

    def get_user_id(self) -> str:
        """Give who they are in tokens (Authlib's protocol)."""
        return self.name


PEOPLE: Mapping[str, Person] = {
    person.name: person
    for person in (
        Person(name="yongsun", shown="한용선 Han Yongsun", customer_id=1),
        Person(name="minsu", shown="김민수 Kim Minsu", customer_id=2),
        Person(name="storekeeper", shown="점주 shopkeeper"),
        Person(name="courier", shown="배송기사 courier"),
    )
}
"""Customers and those who work for the store, by the name they sign in by."""


_LOOPBACK = re.compile(r"127\.0\.0\.1|localhost|\[::1\]")

RETURN_PATH = "/signed-in"


@attrs.frozen(kw_only=True)
class Client:
    """A program that asks for tokens (Authlib's protocol of a client).

    Attributes:
        client_id: its name.
        secret: what proves it; empty for one that runs in everybody's browser and has none.
        grants: the ways in which it gets tokens.
        scopes: what it may ask for.
        redirect_uris: where a browser comes back to, beside `/signed-in` on this computer.
        claims: what the tokens of its own say to the bookstore.
    """

    client_id: str
    secret: str = attrs.field(default="", repr=False)
    grants: frozenset[str]
    scopes: frozenset[str]
    redirect_uris: Sequence[str] = ()
    claims: Mapping[str, object] = attrs.field(factory=dict)

    def get_client_id(self) -> str:
        """Give its name."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Give none: each request says where to come back to."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Give what it gets of what it asks for; without a word, everything. None where it asks for more."""
        asked = self.scopes if not scope else frozenset(scope.split())
        return " ".join(sorted(asked)) if asked <= self.scopes else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Say whether a browser may come back there: only to what is registered.

        On this computer any port will do (RFC 8252, section 7.3).
        """
        if redirect_uri in self.redirect_uris:
            return True
        try:
            parts = urlsplit(redirect_uri)
            host = redirect_uri.removeprefix("http://").partition("/")[0].rpartition(":")[0]
            known = parts.scheme == "http" and parts.port is not None and parts.path == RETURN_PATH
        except ValueError:
            return False
        return known and not parts.query and not parts.fragment and _LOOPBACK.fullmatch(host) is not None

    def check_client_secret(self, client_secret: str) -> bool:
        """Say whether that is its secret."""
        return bool(self.secret) and hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        """Say whether it proves itself in this way."""
        return method in (("client_secret_basic", "client_secret_post") if self.secret else ("none",))

    def check_response_type(self, response_type: str) -> bool:
        """Say whether it gets that by way of the browser: a code, and never a token."""
        return response_type == "code" and "authorization_code" in self.grants

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether it gets tokens in this way."""
        return grant_type in self.grants


def clients(services_id: str, services_secret: str, redirect_uris: Sequence[str] = ()) -> Mapping[str, Client]:
    """Give the programs that are known.

    Args:
        services_id: the name of the services, for their calls to one another.
        services_secret: what proves that it is they.
        redirect_uris: where a browser may come back to, beside `/signed-in` on this computer.
    """
    known = (
        Client(
            client_id="shop-page",
            grants=frozenset({"authorization_code"}),
            scopes=OPENID | CUSTOMER_SCOPES | STAFF_SCOPES,
            redirect_uris=tuple(redirect_uris),
        ),
        Client(
            client_id="store-desk",
            secret=DEVELOPMENT_SECRET,
            grants=frozenset({"client_credentials"}),
            scopes=STAFF_SCOPES,
            claims={"roles": [STAFF_ROLE]},
        ),
        Client(
            client_id=services_id,
            secret=services_secret,
            grants=frozenset({"client_credentials"}),
            scopes=frozenset({CALLS}),
        ),
    )
    return {client.client_id: client for client in known}
