"""The grants, on Authlib: authorization code with PKCE, and client credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode
from joserfc.jws import JWSRegistry

from bookdelivery.services.authorization.keys import SigningKeys
from bookdelivery.services.authorization.people import PEOPLE, Client, Person
from bookdelivery.services.authorization.requests import Answer, Asked, OAuthRequest

CODE_LASTS_S = 60.0
"""Seconds for which a code can be exchanged (RFC 6749, section 4.1.2: ten minutes at most)."""


@attrs.frozen
class Code:
    """A code that a browser brings back, to be exchanged once (Authlib's protocol).

    Attributes:
        client_id: for whom.
        person: who signed in.
        redirect_uri: where the browser was sent.
        scope: what was granted.
        code_challenge: of PKCE, whose verifier the client holds.
        code_challenge_method: S256.
        nonce: of OpenID Connect.
        until_s: until when, in seconds since the epoch.
    """

    client_id: str
    person: Person
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str
    nonce: str | None
    until_s: float

    def get_redirect_uri(self) -> str:
        """Give where the browser was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Give what was granted."""
        return self.scope

    def get_nonce(self) -> str | None:
        """Give OpenID Connect's nonce."""
        return self.nonce

    def get_auth_time(self) -> int:
        """Say when the person signed in."""
        return int(self.until_s - CODE_LASTS_S)

    def get_acr(self) -> None:
        """Say nothing of how sure it is who that was."""
        return

    def get_amr(self) -> None:
        """Say nothing of how it was found out."""
        return


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc] # Authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def save_authorization_code(self, code: str, request: Any) -> None:
        asked = request.payload.data
        now = time.time()
        self.server.codes = {name: one for name, one in self.server.codes.items() if one.until_s > now}
        allowed = request.user.scopes
        self.server.codes[code] = Code(
            client_id=request.client.client_id,
            person=request.user,
            redirect_uri=asked["redirect_uri"],
            # A page asks for what it can do; each person gets what is theirs to do.
            scope=" ".join(scope for scope in request.scope.split() if scope in allowed),
            code_challenge=asked["code_challenge"],
            code_challenge_method="S256",
            nonce=asked.get("nonce"),
            until_s=now + CODE_LASTS_S,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        # It is gone at the first attempt, whatever comes of that: nobody tries verifiers.
        found: Code | None = self.server.codes.pop(code, None)
        known = found is not None and found.client_id == client.client_id and time.time() < found.until_s
        return found if known else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is gone already."""

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.person


class _Pkce(CodeChallenge):  # type: ignore[misc] # Authlib is untyped
    """PKCE as OAuth 2.1 has it: always, and never in the clear."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        asked = grant.request.payload.data
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A 'code_challenge' is needed, with the 'code_challenge_method' S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _IdTokens(OpenIDCode):  # type: ignore[misc] # Authlib is untyped
    def __init__(self, issuer: str, keys: SigningKeys, codes: Callable[[], Iterable[Code]]) -> None:
        super().__init__(require_nonce=False)
        self._issuer = issuer
        self._keys = keys
        self._codes = codes

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ARG002
        return any(code.nonce == nonce for code in self._codes())

    def resolve_client_private_key(self, client: Client) -> Any:  # noqa: ARG002
        return self._keys.signing()

    def get_client_algorithm(self, client: Client) -> str:  # noqa: ARG002
        return self._keys.algorithm

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": self._issuer, "aud": [client.client_id]}

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client)}

    def generate_user_info(self, user: Person, scope: str) -> dict[str, Any]:
        shown = {"name": user.shown} if "profile" in scope.split() else {}
        return {"sub": user.name, **shown}


class _AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc] # Authlib is untyped
    def __init__(self, issuer: str, audience: str, keys: SigningKeys, lasts_s: int) -> None:
        super().__init__(issuer=issuer, alg=keys.algorithm, expires_generator=lambda *_: lasts_s)
        self._audience = audience
        self._keys = keys

    def get_jwks(self) -> Any:
        return self._keys.signing()

    def get_audiences(self, client: Client, user: Person | None, scope: str) -> str:  # noqa: ARG002
        return self._audience

    def get_extra_claims(self, client: Client, _: str, user: Person | None, __: str) -> dict[str, Any]:
        return dict(client.claims if user is None else user.claims)


class DevelopmentServer(AuthorizationServer):  # type: ignore[misc] # Authlib is untyped
    """Authlib's authorization server, with everything in memory.

    Args:
        issuer: its own address.
        audience: for whom its access tokens are.
        keys: signs them.
        clients: the programs it knows.
        lasts_s: seconds that a token is good for.
    """

    def __init__(
        self, issuer: str, audience: str, keys: SigningKeys, clients: Mapping[str, Client], lasts_s: int
    ) -> None:
        super().__init__(scopes_supported=sorted(frozenset().union(*(client.scopes for client in clients.values()))))
        self._clients = clients
        self.codes: dict[str, Code] = {}
        if keys.algorithm not in JWSRegistry.recommended:
            # joserfc knows RFC 9864's names and does not recommend them yet; Authlib leaves no other way to choose one.
            JWSRegistry.recommended.append(keys.algorithm)
        self.register_token_generator("default", _AccessTokens(issuer, audience, keys, lasts_s))
        self.register_grant(_CodeGrant, [_Pkce(required=True), _IdTokens(issuer, keys, self._known_codes)])
        self.register_grant(ClientCredentialsGrant)

    def _known_codes(self) -> Iterable[Code]:
        return self.codes.values()

    def query_client(self, client_id: str) -> Client | None:
        """Find a program."""
        return self._clients.get(client_id)

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        """Keep nothing: a token says all of itself."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def create_oauth2_request(self, request: Asked) -> OAuthRequest:
        """Read a request."""
        return OAuthRequest(request)

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """Write an answer."""
        return Answer(status, body, dict(headers))


def person_of(name: str, password: str, expected: str) -> Person | None:
    """Say who signs in; None where name or password are wrong."""
    person = PEOPLE.get(name.strip().lower())
    return person if person is not None and password == expected else None
