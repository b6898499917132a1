"""How a case looks to whoever asks for it over HTTP: flat, in the wire's names, with links (HAL)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookdelivery.kernel.context import Context
from bookdelivery.kernel.ports import Record
from bookdelivery.kernel.resources import Endpoint, represent, shown
from bookdelivery.kernel.wire import Codec

HAL = "application/hal+json"
"""The JSON Hypertext Application Language (draft-kelly-json-hal-11)."""


class Members:
    """Shows the members of one collection.

    Args:
        endpoint: the collection.
        context: whose it is.
        codec: writes what is stored.
    """

    def __init__(self, endpoint: Endpoint, context: Context, codec: Codec) -> None:
        self._endpoint = endpoint
        self._codec = codec
        self._shown = shown(endpoint, context)

    def path(self, record: Record) -> str:
        """Give a member's path."""
        return f"/{self._endpoint.collection}/{record.id}"

    def show(self, record: Record, base: str) -> dict[str, Any]:
        """Show one member.

        Args:
            record: the member as it is kept.
            base: the address of the whole, without a slash at the end.
        """
        fields = represent(self._codec.stored_to_dict(record.state), self._shown, status=self._endpoint.status)
        address = {"href": f"{base}{self.path(record)}"}
        return {**fields, "_links": {"self": address, self._name: address}}

    def show_all(self, records: Sequence[Record], base: str, this: str, following: str | None) -> dict[str, Any]:
        """Show a page of members.

        Args:
            records: the members on it.
            base: as for `show`.
            this: the page's own query.
            following: the next page's query, None if there is none.
        """
        address = f"{base}/{self._endpoint.collection}"
        links = {"self": {"href": f"{address}{this}"}}
        if following is not None:
            links["next"] = {"href": f"{address}{following}"}
        shown = [self.show(record, base) for record in records]
        return {"_embedded": {self._endpoint.collection: shown}, "_links": links}

    @property
    def _name(self) -> str:
        name = self._endpoint.of.__name__.removesuffix("Row")
        return name[:1].lower() + name[1:]
