"""What a `.proto` file consists of, as plain data: written as text for others, made into descriptors for ourselves."""

from __future__ import annotations

import attrs

ANYTHING = "google.protobuf.Value"
"""The type of a field that may hold whatever JSON can."""


@attrs.frozen(kw_only=True)
class Field:
    """A field of a message.

    Attributes:
        name: as it is in JSON, such as `orderId`; in the file it is `order_id`.
        type: `int64`, `double`, `string`, `bool`, `ANYTHING`, or a message of the same file by its name from the top.
        number: on the wire.
        repeated: whether it is a list.
        keyed: whether it is a map from text.
        oneof: the choice it is one of, if any.
        doc: what it may hold.
    """

    name: str
    type: str
    number: int
    repeated: bool = False
    keyed: bool = False
    oneof: str = ""
    doc: str = ""

    @property
    def optional(self) -> bool:
        """Whether a reader can tell a field that was left out from one that is zero or empty."""
        return not (self.repeated or self.keyed or self.oneof)


@attrs.frozen(kw_only=True)
class Message:
    """A message.

    Attributes:
        name: unique within the file, or within the message around it.
        fields: in the order in which they are shown; their order means nothing on the wire.
        inner: the messages that only its own fields hold.
        doc: what it is.
    """

    name: str
    fields: tuple[Field, ...] = ()
    inner: tuple[Message, ...] = ()
    doc: str = ""

    @property
    def holds_anything(self) -> bool:
        """Whether a field of it, or of a message within, may hold whatever JSON can."""
        return any(field.type == ANYTHING for field in self.fields) or any(one.holds_anything for one in self.inner)


@attrs.frozen(kw_only=True)
class Method:
    """Something that can be asked.

    Attributes:
        name: such as `PlaceOrder`.
        request, response: the messages' names.
        streams: whether answers go on coming.
        doc: what it does.
    """

    name: str
    request: str
    response: str
    streams: bool = False
    doc: str = ""


@attrs.frozen(kw_only=True)
class Service:
    """A service.

    Attributes:
        name: such as `OrderService`.
        methods: what can be asked of it.
        doc: what it is.
    """

    name: str
    methods: tuple[Method, ...]
    doc: str = ""


@attrs.frozen(kw_only=True)
class File:
    """A file with one service and the messages it speaks in.

    Attributes:
        package: such as `order.v1`.
        service: the service.
        messages: at the top of the file.
    """

    package: str
    service: Service
    messages: tuple[Message, ...]

    @property
    def path(self) -> str:
        """Where others import it from, such as `order/v1.proto`."""
        return f"{self.package.replace('.', '/')}.proto"

    @property
    def full_name(self) -> str:
        """The service's name on the wire."""
        return f"{self.package}.{self.service.name}"

    @property
    def imports(self) -> tuple[str, ...]:
        """The files that it needs."""
        return ("google/protobuf/struct.proto",) if any(one.holds_anything for one in self.messages) else ()
