"""What a context offers over gRPC, read from its declaration: what it offers over HTTP, in the forms of gRPC.

`order.v1.OrderService` has a method for each command that people may issue, and for each collection of
`bookdelivery.kernel.resources` one that reads a member and one that lists them by pages (https://google.aip.dev/158); a
view's member can also be watched. What only contexts call of one another is a service of its own, `order.calls.v1`
(`called`), so that no gateway passes it on by mistake.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

from bookdelivery.adapters.protobuf.messages import fields_of, message_of
from bookdelivery.adapters.protobuf.naming import capital, check_numbers, checked, number_of
from bookdelivery.adapters.protobuf.shapes import Field, File, Message, Method, Service
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.resources import Endpoint, endpoints, shown
from bookdelivery.kernel.wire_fields import wire_name
from bookdelivery.kernel.wire_replies import replies_of
from bookdelivery.kernel.wire_schema import schema_of


def offered(context: Context) -> File:
    """Give the file of what people may ask of a context.

    Raises:
        WronglyDeclared: a name or a field has no form in Protocol Buffers, or two messages have one name.
    """
    where = f"context {context.name}"
    methods: list[Method] = []
    messages: dict[str, Message] = {}
    for endpoint in endpoints(context):
        for method, own in _of_endpoint(endpoint, context):
            methods.append(method)
            for message in own:
                if messages.setdefault(message.name, message) != message:
                    raise WronglyDeclared(where, f"two different messages would be called {message.name} in gRPC")
    service = Service(
        name=service_name(context.name),
        methods=tuple(methods),
        doc=f"What people may ask of {context.name}{f' ({context.korean})' if context.korean else ''}.",
    )
    return File(package=f"{checked(context.name, where)}.v1", service=service, messages=tuple(messages.values()))


def called(context: str, commands: Iterable[type[Command[Any]]]) -> File:
    """Give the file of what other contexts call of one.

    Args:
        context: its name.
        commands: those that are called.

    Raises:
        WronglyDeclared: a name or a field has no form in Protocol Buffers.
    """
    ordered = sorted(commands, key=lambda command: command.__name__)
    messages: dict[str, Message] = {}
    for command in ordered:
        asked = _asked(command)
        messages[asked.name] = asked
        response, replies = _answered(command, ())
        messages |= {reply.name: reply for reply in replies}
        messages[response.name] = response
    service = Service(
        name=f"{capital(context)}Calls",
        methods=tuple(_method(command) for command in ordered),
        doc=f"What other contexts call of {context}; for neighbours alone.",
    )
    package = f"{checked(context, f'context {context}')}.calls.v1"
    return File(package=package, service=service, messages=tuple(messages.values()))


def service_name(context: str) -> str:
    """Give the name of a context's service: `OrderService`."""
    return f"{capital(context)}Service"


def commands_of(endpoint: Endpoint) -> Sequence[type[Command[Any]]]:
    """Give the commands that people may issue there."""
    return tuple(dict.fromkeys((*endpoint.posts, *endpoint.actions.values())))


def kind_of(endpoint: Endpoint) -> str:
    """Give the name of a collection's members: `MyPage` of the rows `MyPageRow`."""
    return endpoint.of.__name__.removesuffix("Row")


def owner_of(endpoint: Endpoint) -> str:
    """Give the name of the field that says whose a member is; empty if it is nobody's."""
    return wire_name(endpoint.of.owner) if endpoint.of.owner else ""


def is_view(endpoint: Endpoint, context: Context) -> bool:
    """Say whether a collection shows rows of a view."""
    return endpoint.of in [view.row for view in context.views]


def request_name(command: type[Command[Any]]) -> str:
    """Give the name of a command as a message; the method has the command's own."""
    return f"{command.__name__}Request"


def response_name(command: type[Command[Any]]) -> str:
    """Give the name of what a command is answered with."""
    return f"{command.__name__}Response"


def member_name(endpoint: Endpoint) -> str:
    """Give the name under which an answer holds a member: `myPage`."""
    return choice_of(kind_of(endpoint))


def choice_of(kind: str) -> str:
    """Give the name under which an answer holds something of this kind: `payApproved`."""
    return kind[:1].lower() + kind[1:]


# --- the parts --------------------------------------------------------------------------------------------------------


def _of_endpoint(endpoint: Endpoint, context: Context) -> Iterable[tuple[Method, Sequence[Message]]]:
    kind, collection = kind_of(endpoint), endpoint.collection
    member = message_of(kind, shown(endpoint, context), doc=_doc(endpoint.of), korean=context.language)
    for command in commands_of(endpoint):
        response, replies = _answered(command, fields_of(kind, **{member_name(endpoint): kind}))
        yield _method(command), (_asked(command, context), *replies, member, response)
    get = Message(name=f"Get{kind}Request", fields=fields_of(kind, **{endpoint.member: "int64"}))
    yield (
        Method(name=f"Get{kind}", request=get.name, response=kind, doc=f"Read one of {collection}."),
        (get, member),
    )
    asked, page = _paging(endpoint, kind)
    yield (
        Method(
            name=f"List{capital(collection)}",
            request=asked.name,
            response=page.name,
            doc=f"List {collection} by pages, in ascending order of {wire_name(endpoint.of.correlation_key)}.",
        ),
        (asked, member, page),
    )
    if is_view(endpoint, context):
        watch = Message(
            name=f"Watch{kind}Request",
            fields=fields_of(kind, **{endpoint.member: "int64", "knownVersion": "int64"}),
            doc="knownVersion is the last version seen, by a reader that comes back.",
        )
        change = Message(
            name=f"{kind}Change", fields=fields_of(kind, **{"version": "int64", member_name(endpoint): kind})
        )
        doc = f"Follow one of {collection}: at once as it is, then again each time it changes."
        yield (
            Method(name=f"Watch{kind}", request=watch.name, response=change.name, streams=True, doc=doc),
            (watch, member, change),
        )


def _paging(endpoint: Endpoint, kind: str) -> tuple[Message, Message]:
    collection, owner = endpoint.collection, owner_of(endpoint)
    whose = {owner: "int64"} if owner else {}
    asked = Message(
        name=f"List{capital(collection)}Request",
        fields=fields_of(kind, pageSize="int64", pageToken="string", **whose),
        doc=f"pageToken is the nextPageToken of the page before{f'; {owner} asks for the own only' if owner else ''}.",
    )
    listed = Field(name=collection, type=kind, number=number_of(collection), repeated=True)
    page = Message(
        name=f"List{capital(collection)}Response",
        fields=(listed, *fields_of(kind, nextPageToken="string")),
        doc="nextPageToken is left out on the last page.",
    )
    return asked, page


def _method(command: type[Command[Any]]) -> Method:
    return Method(
        name=checked(command.__name__, command.__name__),
        request=request_name(command),
        response=response_name(command),
        doc=_doc(command),
    )


def _asked(command: type[Command[Any]], context: Context | None = None) -> Message:
    korean = {} if context is None else context.language
    return message_of(request_name(command), schema_of(command), doc=_doc(command), korean=korean)


def _answered(command: type[Command[Any]], more: tuple[Field, ...]) -> tuple[Message, Sequence[Message]]:
    kinds = [kind for kind in replies_of(command) if kind is not NoneType]
    names = {choice_of(kind.__name__): kind for kind in kinds}
    check_numbers(command.__name__, [*names, *(field.name for field in more)])
    choice = tuple(
        Field(name=name, type=kind.__name__, number=number_of(name), oneof="reply") for name, kind in names.items()
    )
    response = Message(name=response_name(command), fields=(*choice, *more))
    return response, [message_of(kind.__name__, _plain_schema(kind), doc=_doc(kind)) for kind in kinds]


def _plain_schema(kind: type[Any]) -> dict[str, Any]:
    """Give the schema of an answer; an event as an answer stands for its fields alone, without its type and time."""
    schema = schema_of(kind)
    properties = schema["properties"]
    if properties.get("eventType") == {"const": kind.__name__}:
        properties = {name: one for name, one in properties.items() if name not in ("eventType", "timestamp")}
    return {**schema, "properties": properties}


def _doc(kind: type[Any]) -> str:
    return (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
