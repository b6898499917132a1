"""Requests and answers of the protocol, between Authlib and whichever framework serves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

Values = Mapping[str, Sequence[str]]


@attrs.frozen
class Answer:
    """An answer of the protocol.

    Attributes:
        status: of HTTP.
        body: a document, or nothing.
        headers: of HTTP.
    """

    status: int
    body: Any
    headers: Mapping[str, str]


@attrs.frozen
class Asked:
    """A request of the protocol, apart from any framework.

    Attributes:
        method: of HTTP.
        address: in full.
        query: what the address asks.
        form: what the body says.
        authorization: the header of that name.
    """

    method: str
    address: str
    query: Values
    form: Values
    authorization: str = ""


class _Payload(OAuth2Payload):  # type: ignore[misc] # Authlib is untyped
    def __init__(self, values: Values) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return {name: given[0] for name, given in self._values.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return {name: list(given) for name, given in self._values.items()}


class OAuthRequest(OAuth2Request):  # type: ignore[misc] # Authlib is untyped
    """A request as Authlib reads it.

    Args:
        asked: the request.
    """

    def __init__(self, asked: Asked) -> None:
        headers = {"Authorization": asked.authorization} if asked.authorization else {}
        super().__init__(asked.method, asked.address, headers=headers)
        self._query, self._form = _Payload(asked.query), _Payload(asked.form)
        # What a person types into the sign-in page is no part of the protocol.
        self.payload = self._query if asked.query.get("client_id") else self._form

    @property
    def args(self) -> dict[str, str]:
        """Give what the address asks."""
        return self._query.data

    @property
    def form(self) -> dict[str, str]:
        """Give what the body says."""
        return self._form.data
