"""One collection over HTTP: its pages, its members, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any

import attrs
import orjson

from bookdelivery.adapters.inbound.answers import Answer
from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.rest.members import Members
from bookdelivery.adapters.inbound.security.caller import Caller
from bookdelivery.adapters.inbound.security.callers_context import CallersContext
from bookdelivery.kernel.errors import InvalidField, InvalidMessage, NotFound
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Record
from bookdelivery.kernel.resources import Endpoint
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_fields import wire_name

PAGE = 20
"""Members on a page where nothing else is asked for."""

LARGEST_PAGE = 100


@attrs.frozen
class Found:
    """An answer of a collection.

    Attributes:
        content: ready to be written as JSON.
        status: of HTTP.
        location: where what was opened, or is to be paid, is found; empty if nowhere.
        retry_after_s: seconds after which to go there; None if it is done.
    """

    content: Mapping[str, Any]
    status: int = 200
    location: str = ""
    retry_after_s: float | None = None


class Collection:
    """Answers what is asked of one collection.

    Args:
        endpoint: what is offered.
        service: the context that has it.
        codec: reads commands and writes what is stored.
    """

    def __init__(self, endpoint: Endpoint, service: RunningContext, codec: Codec) -> None:
        self.endpoint = endpoint
        self.service = service
        self.members = Members(endpoint, service.context, codec)
        self._codec = codec
        self._key = wire_name(endpoint.of.correlation_key)
        self._theirs: CallersContext | None = None

    async def page(self, base: str, *, after: int, size: int, owner: int | None) -> Found:
        """List members by ascending key.

        Raises:
            InvalidField: the page is none.
        """
        if not 1 <= size <= LARGEST_PAGE:
            raise InvalidField(self.endpoint.collection, "size", size, f"from 1 to {LARGEST_PAGE}")
        if after < 0:
            raise InvalidField(self.endpoint.collection, "after", after, "0 or more")
        records = await self.service.read_all(self.endpoint.of, owner=owner, after=after, limit=size + 1)
        whose = "" if owner is None else f"&customerId={owner}"
        following = f"?after={records[size - 1].key}&size={size}{whose}" if len(records) > size else None
        this = f"?after={after}&size={size}{whose}"
        return Found(self.members.show_all(records[:size], base, this, following))

    async def member(self, id: int) -> Record:
        """Find a member by what identifies it.

        Raises:
            NotFound: there is none.
        """
        record = await self.service.find(self.endpoint.of, id)
        if record is None:
            raise NotFound(f"/{self.endpoint.collection}/{id}", self.endpoint.of.__name__, id)
        return record

    async def post(self, body: Mapping[str, Any], base: str, case_id: int | None = None) -> Found:
        """Open a case: issue the commands a POST stands for, one after the other.

        Args:
            body: what was sent.
            base: the address of the whole.
            case_id: the id that was drawn for it beforehand, if one was.

        Raises:
            InvalidMessage, InvalidField, Refused: as the commands say.
        """
        if self._theirs is not None:
            body = self._theirs.fields(self.endpoint.of, self.endpoint.posts, body, allowed=self.endpoint.status)
        fields = {**self.endpoint.assumes, **body}
        if case_id is not None:
            fields.setdefault(self._key, case_id)
        # All are read before the first is issued: a body that is wrong for the last must change nothing.
        commands = [self._codec.command(kind.__name__, fields) for kind in self.endpoint.posts]
        replies = [await self.service.submit(command) for command in commands]
        first, reply = commands[0], replies[0]
        key = getattr(first if reply is None else reply, first.correlation_key)
        return await self._told(key, reply, base, opened=True)

    async def act(self, id: int, verb: str, body: Mapping[str, Any], base: str) -> Found:
        """Do something to a member.

        Raises:
            NotFound: there is no such member.
            InvalidField: the body names another case, or the verb is none.
            InvalidMessage, Refused: as the command says.
        """
        command = self.endpoint.actions.get(verb)
        if command is None:
            raise InvalidField(
                self.endpoint.of.__name__, self.endpoint.status, verb, f"one of {', '.join(self.endpoint.actions)}"
            )
        record = await self.member(id)
        given = body.get(self._key, record.key)
        if str(given) != str(record.key):
            raise InvalidField(self.endpoint.of.__name__, self._key, given, f"{record.key}, as the address says")
        if self._theirs is not None:
            self._theirs.fields(self.endpoint.of, [command], body)
        fields = {**body, self._key: record.key}
        reply = await self.service.submit(self._codec.command(command.__name__, fields))
        return await self._told(record.key, reply, base)

    async def patch(self, id: int, body: Mapping[str, Any], base: str) -> Found:
        """Do to a member what its status is to say, as the original system was asked.

        Raises:
            InvalidMessage: the status is missing.
        """
        verb = body.get(self.endpoint.status)
        if not isinstance(verb, str):
            allowed = ", ".join(self.endpoint.actions)
            raise InvalidMessage("the body", [f"{self.endpoint.status} must say what to do: one of {allowed}"])
        rest = {name: value for name, value in body.items() if name != self.endpoint.status}
        return await self.act(id, verb, rest, base)

    async def _told(self, key: int, reply: Any, base: str, *, opened: bool = False) -> Found:
        record = await self.service.read(self.endpoint.of, key)
        assert record is not None, "a command was done on it a moment ago"
        content = self.members.show(record, base)
        retry_after_s: float | None = None
        if reply is not None:
            said = self._codec.reply_to_dict(reply)
            content = {**{name: value for name, value in said.items() if value is not None}, **content}
            retry_after_s = getattr(reply, "retry_after_s", None)
        path = self.members.path(record)
        if retry_after_s is not None:
            return Found(content, 202, f"{base}{path}", retry_after_s)
        return Found(content, 201, f"{base}{path}") if opened else Found(content)

    # --- for one caller -----------------------------------------------------------------------------------------------

    def seen_by(self, caller: Caller | None) -> Collection:
        """Give the collection as this caller sees it; None sees everything."""
        if caller is None:
            return self
        theirs = copy(self)
        theirs.service = theirs._theirs = CallersContext(self.service, caller)
        return theirs

    # --- once ---------------------------------------------------------------------------------------------------------

    def draws(self) -> Callable[[], Awaitable[int]] | None:
        """Give what draws the id of the case that a POST opens; None where the body has to name it."""
        may_lack_key = [kind for kind in self.endpoint.posts if _may_lack_key(kind)]
        return partial(self.service.ids.next, self.endpoint.of.__name__) if may_lack_key else None


def _may_lack_key(kind: type[Command[Any]]) -> bool:
    fields: Sequence[attrs.Attribute[Any]] = attrs.fields(kind)  # type: ignore[arg-type]
    return any(one.name == kind.correlation_key and one.default is not attrs.NOTHING for one in fields)


def kept(found: Found) -> Answer:
    """Give an answer in the form in which it is kept."""
    return Answer(found.status, orjson.dumps(found.content).decode(), found.location, found.retry_after_s)
