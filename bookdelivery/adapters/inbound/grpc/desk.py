"""What is asked of one collection over gRPC, in bodies as JSON has them: commands, reads, pages, a live member."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import attrs
import orjson

from bookdelivery.adapters.inbound.answers import Answer, Answers
from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.security.caller import Caller
from bookdelivery.adapters.inbound.security.callers_context import CallersContext
from bookdelivery.adapters.protobuf.offered import choice_of, member_name, owner_of
from bookdelivery.kernel.errors import InvalidField, NotFound, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Record
from bookdelivery.kernel.resources import Endpoint, may_lack_key, represent, shown
from bookdelivery.kernel.values import LARGEST_ID
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_fields import wire_name

PAGE = 20
"""Members on a page where nothing else is asked for."""

LARGEST_PAGE = 100

LOOK_EVERY_S = 0.25
"""Seconds between two looks for a change, which another process may have made."""

Body = Mapping[str, Any]


@attrs.frozen(eq=False)
class Visit:
    """One call, as the collection it is about sees it.

    Attributes:
        service: the context, as far as the caller gets to see it.
        caller: who asks; None where nobody is asked who they are.
        idempotency_key: under which it is answered once; None if there is none.
    """

    service: RunningContext
    caller: Caller | None = None
    idempotency_key: str | None = None


class Desk:
    """Answers what is asked of one collection.

    Args:
        endpoint: what is offered.
        service: the context that has it.
        codec: reads commands and writes what is stored.
    """

    def __init__(self, endpoint: Endpoint, service: RunningContext, codec: Codec) -> None:
        self.endpoint = endpoint
        self.service = service
        self._codec = codec
        self._shown = shown(endpoint, service.context)
        self._key = wire_name(endpoint.of.correlation_key)
        self._name = member_name(endpoint)
        self._answers = Answers(service.store, service.clock)

    # --- commands -----------------------------------------------------------------------------------------------------

    async def command(self, kind: type[Command[Any]], visit: Visit, body: Body) -> Body:
        """Issue a command; under an idempotency key, once.

        Raises:
            InvalidMessage, InvalidField, Refused, NotFound: as the command says.
            KeyReused, InProgress: as `Answers.once` says.
        """
        if isinstance(visit.service, CallersContext):
            body = visit.service.fields(self.endpoint.of, [kind], body)
        if visit.idempotency_key is None:
            return (await self._done(kind, visit, body, None))[0]

        async def answer(case_id: int | None) -> Answer:
            told, retry_after_s = await self._done(kind, visit, body, case_id)
            return Answer(200, orjson.dumps(told).decode(), retry_after_s=retry_after_s)

        draws: Callable[[], Awaitable[int]] | None = None
        if may_lack_key(kind) and body.get(self._key) is None:
            draws = partial(visit.service.ids.next, self.endpoint.of.__name__)
        asked = json.dumps([kind.__name__, body], sort_keys=True).encode()
        given, _ = await self._answers.once(visit.idempotency_key, asked, answer, draws, whose=_whose(visit))
        kept: Body = orjson.loads(given.body)
        return kept

    async def _done(
        self, kind: type[Command[Any]], visit: Visit, body: Body, case_id: int | None
    ) -> tuple[Body, float | None]:
        fields = body if case_id is None else {**body, self._key: case_id}
        command = self._codec.command(kind.__name__, fields)
        reply = await visit.service.submit(command)
        key = getattr(command, kind.correlation_key)
        if key is None:
            key = getattr(reply, kind.correlation_key)
        record = await visit.service.read(self.endpoint.of, key)
        told: dict[str, Any] = {} if record is None else {self._name: self._show(record)}
        if reply is not None:
            told[choice_of(type(reply).__name__)] = self._codec.reply_to_dict(reply)
        return told, getattr(reply, "retry_after_s", None)

    # --- reading ------------------------------------------------------------------------------------------------------

    async def get(self, visit: Visit, body: Body) -> Body:
        """Read a member.

        Raises:
            InvalidField: it is not said which.
            NotFound: there is none.
        """
        return self._show(await self._member(visit, body))

    async def page(self, visit: Visit, body: Body) -> Body:
        """List a page of members.

        Raises:
            InvalidField: the page is none.
        """
        name = self.endpoint.collection
        size = body.get("pageSize", PAGE)
        if not 1 <= size <= LARGEST_PAGE:
            raise InvalidField(name, "pageSize", size, f"from 1 to {LARGEST_PAGE}")
        after = _place(name, body.get("pageToken", "0"))
        owner = body.get(owner_of(self.endpoint))
        records = await visit.service.read_all(self.endpoint.of, owner=owner, after=after, limit=size + 1)
        listed: dict[str, Any] = {name: [self._show(record) for record in records[:size]]}
        if len(records) > size:
            listed["nextPageToken"] = str(records[size - 1].key)
        return listed

    async def watch(self, visit: Visit, body: Body) -> AsyncIterator[Body]:
        """Follow a member: at once as it is, unless that version is known, then again each time it changes.

        Raises:
            InvalidField: it is not said which.
            NotFound: there is none.
        """
        known = body.get("knownVersion", 0)
        record: Record | None = await self._member(visit, body)
        while True:
            if record is not None and record.version != known:
                known = record.version
                yield {"version": known, self._name: self._show(record)}
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                record = await visit.service.find(self.endpoint.of, body[self.endpoint.member])
            except Unavailable:
                # The reader stays, and hears on once the store is back.
                record = None

    async def _member(self, visit: Visit, body: Body) -> Record:
        id = body.get(self.endpoint.member)
        if id is None or not 0 < id <= LARGEST_ID:
            raise InvalidField(self.endpoint.collection, self.endpoint.member, id, f"from 1 to {LARGEST_ID}")
        record = await visit.service.find(self.endpoint.of, id)
        if record is None:
            raise NotFound(f"{self.endpoint.collection} {id}", self.endpoint.of.__name__, id)
        return record

    def _show(self, record: Record) -> dict[str, Any]:
        return represent(self._codec.stored_to_dict(record.state), self._shown, status=self.endpoint.status)


def _place(collection: str, token: str) -> int:
    if token.isascii() and token.isdigit() and len(token) <= len(str(LARGEST_ID)):
        return int(token)
    raise InvalidField(collection, "pageToken", token, "the nextPageToken of the page before")


def _whose(visit: Visit) -> str:
    return "" if visit.caller is None else visit.caller.subject
