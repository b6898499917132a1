"""What a context offers over HTTP, read from its declaration: collections, their members, and what can be done to them.

Whoever describes it (the OpenAPI document) and whoever serves it read the same endpoints here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context, Handler, Resource
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire_fields import wire_name
from bookdelivery.kernel.wire_schema import reply_schema_of, schema_of

Schema = Mapping[str, Any]


CALLS = "calls"
"""The scope of contexts that send commands to one another, and the first part of the paths that they send them to."""


def scope_of(collection: str, *, writes: bool) -> str:
    """Give the scope that a request to a collection needs: `orders:read`, or `orders:write` to change something."""
    return f"{collection}:{'write' if writes else 'read'}"


@attrs.frozen(kw_only=True)
class Endpoint:
    """A collection: GET lists its members, POST opens one. A member is read with GET, and asked by POST or PATCH.

    Attributes:
        of: what its members are.
        collection: its path without the slash, such as `orders`.
        member: the name of what identifies a member in its address, such as `orderMgmtId`.
        status: the name of the field that says where a member stands; PATCH names an action in it. Empty for a view.
        posts: the commands that a POST to the collection issues, one after the other; none if nobody may.
        actions: the command behind each verb, such as POST /orders/{orderId}/cancel.
        assumes: what a POST is taken to say where it says nothing.
    """

    of: type[Stored]
    collection: str
    member: str
    status: str = ""
    posts: tuple[type[Command[Any]], ...] = ()
    actions: Mapping[str, type[Command[Any]]] = attrs.field(factory=dict)
    assumes: Mapping[str, Any] = attrs.field(factory=dict)


def endpoints(context: Context) -> tuple[Endpoint, ...]:
    """Give what a context offers to people: a collection for each aggregate and for each view's rows."""
    declared = {resource.of: resource for resource in context.resources}
    offered = [
        _of_aggregate(aggregate, context, declared.get(aggregate, Resource(of=aggregate)))
        for aggregate in context.aggregates
    ]
    rows = [view.row for view in context.views]
    return (*offered, *(Endpoint(of=row, collection=collection_of(row), member=_member(row)) for row in rows))


def _of_aggregate(aggregate: type[Stored], context: Context, declared: Resource) -> Endpoint:
    by_people = [handler for handler in context.handlers if handler.on is aggregate and handler.actor is not None]
    openers = tuple(handler.command for handler in by_people if opens(handler))
    others = [handler.command for handler in by_people if not opens(handler)]
    times = Counter(verb_of(command.__name__) for command in others)
    # Where two commands begin with the same word, the word alone would not tell which is meant.
    actions = {
        verb_of(command.__name__) if times[verb_of(command.__name__)] == 1 else _lower(command.__name__): command
        for command in others
    }
    return Endpoint(
        of=aggregate,
        collection=collection_of(aggregate),
        member=_member(aggregate),
        status=declared.status or f"{_lower(aggregate.__name__)}Status",
        posts=declared.posts or openers,
        actions={**actions, **declared.also},
        assumes=declared.assumes,
    )


def opens(handler: Handler) -> bool:
    """Say whether a command opens a case: it works where there is none yet, or need not name one."""
    return handler.creates or may_lack_key(handler.command)


def may_lack_key(command: type[Command[Any]]) -> bool:
    """Say whether a command need not name its case: then it opens one, under an id that it is given."""
    fields = attrs.fields(command) if attrs.has(command) else ()
    return any(one.name == command.correlation_key and one.default is not attrs.NOTHING for one in fields)


def verb_of(command: str) -> str:
    """Give the verb of a command's name: `pack` of `PackOrder`."""
    return re.split(r"(?<=[a-z])(?=[A-Z])", command)[0].lower()


def collection_of(kind: type[Stored]) -> str:
    """Give the plural of a kind's name: `deliveries` of `Delivery`, `myPages` of `MyPageRow`."""
    word = _lower(kind.__name__.removesuffix("Row"))
    return word[:-1] + "ies" if re.search(r"[^aeiou]y$", word) else word + "s"


def _member(kind: type[Stored]) -> str:
    return wire_name(kind.identity or kind.correlation_key)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


# --- how a member looks -----------------------------------------------------------------------------------------------


def shown(endpoint: Endpoint, context: Context) -> Schema:
    """Give the schema of a collection's members as others see them; of a view's rows they see everything."""
    is_row = endpoint.of in [view.row for view in context.views]
    spoken = None if is_row else _spoken(context)
    return representation(schema_of(endpoint.of), status=endpoint.status, spoken=spoken)


def _spoken(context: Context) -> set[str]:
    """Give the names of all fields in a context's messages and their answers."""
    schemas = [schema_of(message) for message in (*context.commands, *context.events)]
    schemas += [reply for command in context.commands if (reply := reply_schema_of(command)) is not None]
    return {name for schema in schemas for name in _properties(schema)}


def _properties(schema: Schema) -> set[str]:
    names = set(schema.get("properties", {}))
    for form in schema.get("anyOf", ()):
        names |= _properties(form)
    return names


def representation(kept: Schema, *, status: str, spoken: Iterable[str] | None) -> Schema:
    """Give the schema of a member as others see it, from that of what is kept.

    What is kept together (a `purchase`) lies flat, and of an aggregate there is only what its context has a word for in
    its messages: how it remembers things is its own affair.

    Args:
        kept: the schema of the aggregate or row as a store keeps it.
        status: the name under which its `status` is shown; empty to leave it as it is.
        spoken: the names of all fields in the context's messages and their answers; None to show everything.
    """
    required = set(kept.get("required", ()))
    shown: dict[str, Any] = {}
    for name, schema in kept.get("properties", {}).items():
        parts = _parts(schema)
        if parts is not None:
            shown.update(parts)
        elif name == "status" and status:
            shown[status] = schema
            required.add(status)
        elif spoken is None or name in spoken or name in required:
            shown[name] = schema
    return {"type": "object", "properties": shown, "required": [name for name in shown if name in required]}


def _parts(schema: Schema) -> Mapping[str, Any] | None:
    for form in schema.get("anyOf", [schema]):
        if form.get("type") == "object" and "properties" in form:
            parts: Mapping[str, Any] = form["properties"]
            return parts
    return None


def represent(kept: Mapping[str, Any], shown: Schema, *, status: str) -> dict[str, Any]:
    """Give a member as others see it; what it does not have yet is left out.

    Args:
        kept: its fields as a store keeps them.
        shown: what `representation` gives for its kind.
        status: as there.
    """
    flat: dict[str, Any] = {}
    for name, value in kept.items():
        if isinstance(value, Mapping) and name not in shown["properties"]:
            flat.update(value)
        else:
            flat[status if status and name == "status" else name] = value
    return {name: flat[name] for name in shown["properties"] if flat.get(name) is not None}
