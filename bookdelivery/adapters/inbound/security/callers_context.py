"""What is the caller's own: a context as one caller gets to see and use it, however the request came in.

Customers see and change what is theirs; of everything else they learn no more than that it is not there (404), as of
what does not exist at all. Those who work for the store see everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.security.caller import Caller
from bookdelivery.adapters.inbound.security.errors import InsufficientScope
from bookdelivery.contexts.actors import CUSTOMER
from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context, Handler
from bookdelivery.kernel.errors import InvalidField, NotFound
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Clock, IdSource, Record, Store
from bookdelivery.kernel.wire_fields import wire_name
from bookdelivery.kernel.wire_schema import schema_of

Reply = TypeVar("Reply")

LEFT_OUT = "left out: it is not the caller's to set"


class CallersContext:
    """A running context for one caller; a `RunningContext` itself, so that adapters use it in the other's place.

    Args:
        service: the running context.
        caller: who asks.
    """

    def __init__(self, service: RunningContext, caller: Caller) -> None:
        self._service = service
        self.caller = caller

    @property
    def context(self) -> Context:
        """The declaration."""
        return self._service.context

    @property
    def store(self) -> Store:
        """Its store; what is read there is for nobody's eyes yet."""
        return self._service.store

    @property
    def ids(self) -> IdSource:
        """Where it gets business ids from."""
        return self._service.ids

    @property
    def clock(self) -> Clock:
        """Tells it the time of day."""
        return self._service.clock

    async def submit(self, command: Command[Reply]) -> Reply:
        """Handle a command; see `RunningContext.submit`.

        Raises:
            InsufficientScope: it is not this caller's to issue.
            NotFound: what it is about is not the caller's, or not there.
            InvalidField: it is on behalf of another customer, or names a case of another's.
        """
        if not self.caller.staff:
            handler = self._issued_by_customers(type(command))
            owner = handler.on.owner
            key = getattr(command, command.correlation_key)
            if hasattr(command, owner):
                self._own(type(command).__name__, owner, getattr(command, owner))
                # An id that was drawn for an idempotency key names a case that is new, or the caller's by now.
                there = None if key is None else await self._service.read(handler.on, key)
                if there is not None and self._theirs(handler.on, there) is None:
                    raise InvalidField(type(command).__name__, wire_name(command.correlation_key), key, LEFT_OUT)
            elif await self.read(handler.on, key) is None:
                raise NotFound(type(command).__name__, handler.on.__name__, key)
        return await self._service.submit(command)

    async def read(self, kind: type[Stored], key: int) -> Record | None:
        """Read an aggregate or row by its correlation key, None if there is none or it is not the caller's.

        Raises:
            InsufficientScope: nothing of this kind is a customer's.
        """
        return self._theirs(kind, await self._service.read(kind, key))

    async def find(self, kind: type[Stored], id: int) -> Record | None:
        """Read an aggregate or row by its business id, None if there is none or it is not the caller's.

        Raises:
            InsufficientScope: nothing of this kind is a customer's.
        """
        return self._theirs(kind, await self._service.find(kind, id))

    async def read_all(
        self, kind: type[Stored], *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Record]:
        """Read aggregates or rows by ascending key; a customer gets their own.

        Raises:
            InsufficientScope: nothing of this kind is a customer's.
            NotFound: a customer asks for another's.
        """
        if not self.caller.staff:
            own = self._customer(kind)
            if owner not in (None, own):
                raise NotFound("what another customer owns", kind.__name__, owner or 0)
            owner = own
        return await self._service.read_all(kind, owner=owner, after=after, limit=limit)

    def fields(
        self, kind: type[Stored], commands: Sequence[type[Command[Any]]], body: Mapping[str, Any], *, allowed: str = ""
    ) -> Mapping[str, Any]:
        """Give the fields of a request, with the customer's id from the token where one is due.

        A field that no command takes would be passed over in silence; where somebody tells who they are, it is refused:
        they may believe to have set a status or a price.

        Args:
            kind: what the request is about.
            commands: those it stands for.
            body: what was sent, in the wire's names.
            allowed: the name of a field that staff may send although no command takes it; empty for none.

        Raises:
            InsufficientScope: a command is not this caller's to issue.
            InvalidField: a field is not the caller's to set.
        """
        if not self.caller.staff:
            for command in commands:
                self._issued_by_customers(command)
        takes = {name for command in commands for name in _field_names(command)}  # type: ignore[arg-type] # a class is hashable, whatever its instances are
        for name, value in body.items():
            if name not in takes and not (self.caller.staff and name == allowed):
                raise InvalidField(kind.__name__, name, value, LEFT_OUT)
        owner = wire_name(kind.owner)
        if self.caller.staff or not owner or owner not in takes:
            return body
        own = self._customer(kind)
        if str(body.get(owner, own)) != str(own):
            raise InvalidField(kind.__name__, owner, body[owner], LEFT_OUT)
        key = wire_name(kind.correlation_key)
        if body.get(key) is not None:
            raise InvalidField(kind.__name__, key, body[key], f"{LEFT_OUT} (use Idempotency-Key to ask again safely)")
        return {**body, owner: own}

    def _own(self, command: str, field: str, value: object) -> None:
        if value is None or value != self.caller.customer_id:
            raise InvalidField(command, wire_name(field), value, LEFT_OUT)

    def _customer(self, kind: type[Stored]) -> int:
        if self.caller.customer_id is None or not kind.owner:
            raise InsufficientScope(f"{kind.__name__} is for those who work for the store")
        return self.caller.customer_id

    def _theirs(self, kind: type[Stored], record: Record | None) -> Record | None:
        if self.caller.staff:
            return record
        own = self._customer(kind)
        return record if record is not None and getattr(record.state, kind.owner) == own else None

    def _issued_by_customers(self, command: type[Command[Any]]) -> Handler:
        for handler in self.context.handlers:
            if handler.command is command and handler.actor == CUSTOMER and self.caller.customer_id is not None:
                return handler
        raise InsufficientScope(f"{command.__name__} is for those who work for the store")


@cache
def _field_names(command: type[Command[Any]]) -> frozenset[str]:
    """Give the names of a command's fields on the wire, where some lie flat that belong together."""
    return frozenset(schema_of(command).get("properties", {}))
