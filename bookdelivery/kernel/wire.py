"""What goes over the wire and into stores, built from the classes of messages and of what stores keep.

The body is the bookstore's JSON: camelCase names, for events with `eventType` and `timestamp`. The metadata are the
attributes of CloudEvents 1.0 (the specification's `spec.md`), as headers in the binary mode of its Kafka binding, with
W3C Trace Context beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from typing import Any

import attrs
import orjson

from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.errors import InvalidField, InvalidMessage, UnknownCommand, WronglyDeclared, shorten
from bookdelivery.kernel.messages import Command, Envelope, Event, Message
from bookdelivery.kernel.ports import Unreadable
from bookdelivery.kernel.sealed import SealedEvent
from bookdelivery.kernel.wire_fields import READING_FAILED
from bookdelivery.kernel.wire_forms import Form, forms_of, make_converter, place
from bookdelivery.kernel.wire_plain import headers_of_plain, is_plain
from bookdelivery.kernel.wire_problems import problems_of
from bookdelivery.kernel.wire_time import from_rfc3339, from_stamp, to_rfc3339, to_stamp


@attrs.frozen
class UnknownEvent(Event):
    """An event of a type this codec does not read: somebody else's, newer than this program, or of no interest here.

    Nobody here subscribes to it, so it is passed by; carried on, its body stays as it is.

    Attributes:
        body: the bytes as they came.
    """

    body: bytes


class Codec:
    """Writes and reads messages and stored objects.

    Readers ignore fields they do not know, take a whole number also as decimal text, and bring older schema versions up
    to date with the class's upcasters. A field marked `FLAT` lies flat in the body.

    Args:
        messages: every class of command and event that may come or go.
        stored: every class of aggregate and row that a store keeps.

    Raises:
        WronglyDeclared: two classes share a name, or a class has no form on the wire.
    """

    def __init__(self, messages: Iterable[type[Message]], stored: Iterable[type[Stored]] = ()) -> None:
        self._converter = make_converter()
        self._messages = forms_of(messages, self._converter)
        self._commands = {name: form for name, form in self._messages.items() if issubclass(form.cls, Command)}
        self._stored = forms_of(stored, self._converter)
        self._read_as = self._messages

    def reading_only(self, types: Collection[str]) -> Codec:
        """Give a codec that writes all that this one does, and of events that come reads those of some types only.

        The others are passed by as `UnknownEvent`, without a look at their bodies.
        """
        made = copy(self)
        commands_and_those = self._commands.keys() | set(types)
        made._read_as = {name: form for name, form in self._messages.items() if name in commands_and_those}
        return made

    # --- events -------------------------------------------------------------------------------------------------------

    def encode_event(self, envelope: Envelope) -> tuple[dict[str, str], bytes]:
        """Write an event as headers and body.

        Raises:
            WronglyDeclared: the codec was not built with this class of event.
            InvalidField: a value of the event cannot be written as JSON.
        """
        message = envelope.message
        if type(message) is SealedEvent:
            return _addressed(message.headers, envelope.traceparent), message.body
        headers = {
            "content-type": "application/json",
            "ce_specversion": "1.0",
            "ce_id": envelope.id,
            "ce_source": envelope.source,
            "ce_type": envelope.type,
            "ce_time": to_rfc3339(envelope.time),
            "ce_correlationid": envelope.correlation_id,
            "ce_partitionkey": str(envelope.key),
        }
        if envelope.causation_id is not None:
            headers["ce_causationid"] = envelope.causation_id
        if message.schema_version != 1:
            headers["ce_schemaversion"] = str(message.schema_version)
        if envelope.traceparent is not None:
            headers["traceparent"] = envelope.traceparent
        if type(message) is UnknownEvent:
            return headers, message.body
        fields = _known(self._messages, type(message)).write(message)
        body = {"eventType": envelope.type, "timestamp": to_stamp(envelope.time), **fields}
        return headers, _dumps(body, message)

    def sealed_event(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Put an event that `encode_event` wrote into an envelope, without reading its body.

        Written again, it is the same to the last byte, but for a trace that the envelope carries on since.

        Raises:
            InvalidMessage: the headers lack what an envelope tells.
        """
        try:
            return Envelope(
                headers["ce_id"],
                headers["ce_type"],
                headers["ce_source"],
                from_rfc3339(headers["ce_time"]),
                headers["ce_correlationid"],
                headers.get("ce_causationid"),
                int(headers["ce_partitionkey"]),
                SealedEvent(headers, body),
                headers.get("traceparent"),
            )
        except READING_FAILED as error:
            raise InvalidMessage(headers.get("ce_type") or "a message", [f"its headers: {error!r}"]) from error

    def decode_event(self, headers: Mapping[str, str], body: bytes, *, position: str = "") -> Envelope | Unreadable:
        """Read an event. A broken one is given back as `Unreadable`, so that it can be set aside; nothing is raised.

        Args:
            headers: the metadata; an event of the original bookstore's, which has none, is known by its `eventType`.
            body: the JSON.
            position: where the message stands in its log; identifies one that has no id.
        """
        try:
            return self._decode_event(headers_of_plain(headers, body, position) if is_plain(headers) else headers, body)
        except READING_FAILED as error:
            # Most errors are ours and speak for themselves; a KeyError's text is but a name.
            why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            return Unreadable(headers.get("ce_id") or position, body, why)

    def _decode_event(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        for name in ("ce_id", "ce_source", "ce_type"):
            if not headers.get(name):
                raise InvalidMessage(headers.get("ce_type") or "a message", [f"the header {name} is missing"])
        name = headers["ce_type"]
        if headers.get("ce_specversion") != "1.0":
            raise InvalidMessage(name, [f"ce_specversion is {headers.get('ce_specversion')!r}, but must be '1.0'"])
        if name in self._commands:
            raise InvalidMessage(name, [f"{name} is a command, but must be an event"])
        form = self._read_as.get(name)
        if form is None:
            message: Event = UnknownEvent(body)
            key = int(headers["ce_partitionkey"])
            time = from_rfc3339(headers["ce_time"])
        else:
            fields = orjson.loads(body)
            message = self._read(form, _up_to_date(form.cls, fields, int(headers.get("ce_schemaversion", 1))))
            key = getattr(message, form.cls.correlation_key)
            stated = headers.get("ce_time")
            time = from_rfc3339(stated) if stated else from_stamp(fields["timestamp"])
        return Envelope(
            headers["ce_id"],
            name,
            headers["ce_source"],
            time,
            headers.get("ce_correlationid") or headers["ce_id"],
            headers.get("ce_causationid"),
            key,
            message,
            headers.get("traceparent"),
        )

    # --- commands -----------------------------------------------------------------------------------------------------

    def command(self, type_name: str, fields: Mapping[str, Any], *, schema_version: int | None = None) -> Command[Any]:
        """Read a command from a parsed JSON object.

        Args:
            type_name: the command's name, such as `PlaceOrder`.
            fields: the body, in the wire's names.
            schema_version: the version the body is written in; by default the present one.

        Raises:
            UnknownCommand: there is no command of that name.
            InvalidMessage: the body is not one of such a command; lists every problem.
        """
        form = self._commands.get(type_name)
        if form is None:
            raise UnknownCommand(type_name, self._commands)
        if schema_version is not None:
            fields = _up_to_date(form.cls, fields, schema_version)
        command: Command[Any] = self._read(form, fields)
        return command

    def command_to_dict(self, command: Command[Any]) -> dict[str, Any]:
        """Give a command's fields in the wire's names, ready to be written as JSON."""
        return _known(self._messages, type(command)).write(command)

    def reply_to_dict(self, reply: Any) -> dict[str, Any]:
        """Give the fields of a command's answer in the wire's names, ready to be written as JSON; none for None."""
        fields: dict[str, Any] = {} if reply is None else self._converter.unstructure(reply)
        return fields

    # --- what stores keep ---------------------------------------------------------------------------------------------

    def dump(self, stored: Stored) -> bytes:
        """Write an aggregate or row for a store.

        Raises:
            WronglyDeclared: the codec was not built with this class.
            InvalidField: a value cannot be written as JSON.
        """
        return _dumps(self.stored_to_dict(stored), stored)

    def stored_to_dict(self, stored: Stored) -> dict[str, Any]:
        """Give the fields of an aggregate or row in the wire's names, ready to be written as JSON.

        Raises:
            WronglyDeclared: the codec was not built with this class.
        """
        return _known(self._stored, type(stored)).write(stored)

    def load(self, kind: str, body: bytes) -> Stored:
        """Read an aggregate or row back, equal to the one dumped.

        Args:
            kind: its class's name.
            body: what `dump` gave.

        Raises:
            WronglyDeclared: the codec was not built with a class of this name.
            InvalidMessage: the bytes are not what such an object was dumped as.
        """
        form = self._stored.get(kind)
        if form is None:
            raise WronglyDeclared(kind, "the codec was not built with a stored class of this name")
        try:
            fields = orjson.loads(body)
        except ValueError as error:
            raise InvalidMessage(kind, [f"not JSON: {error}"]) from error
        stored: Stored = self._read(form, fields)
        return stored

    # --- how ----------------------------------------------------------------------------------------------------------

    def _read(self, form: Form, fields: Any) -> Any:
        try:
            return form.read(fields, form.cls)
        except READING_FAILED as error:
            problems = problems_of(form.cls, fields, self._converter)
            raise InvalidMessage(form.cls.__name__, problems or [str(error)]) from error


def _addressed(headers: Mapping[str, str], traceparent: str | None) -> dict[str, str]:
    written = dict(headers)
    if traceparent is not None:
        written["traceparent"] = traceparent
    return written


def _up_to_date(cls: type[Message], fields: Any, version: int) -> Any:
    if version == cls.schema_version:
        return fields
    if not 0 < version < cls.schema_version:
        allowed = f"from 1 to {cls.schema_version}"
        raise InvalidMessage(cls.__name__, [f"its schema version is {version}, but must be {allowed}"])
    if not isinstance(fields, dict):
        raise InvalidMessage(cls.__name__, [f"the body is {shorten(fields)}, but must be an object"])
    for older in range(version, cls.schema_version):
        try:
            fields = cls.upcasters[older](dict(fields))
        except READING_FAILED as error:
            problem = f"its body of schema version {older} cannot be brought up to date: {error!r}"
            raise InvalidMessage(cls.__name__, [problem]) from error
    return fields


def _known(forms: Mapping[str, Form], cls: type[Any]) -> Form:
    form = forms.get(cls.__name__)
    if form is None or form.cls is not cls:
        raise WronglyDeclared(place(cls), "the codec was not built with this class")
    return form


def _dumps(body: dict[str, Any], value: object) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        for name, part in body.items():
            try:
                orjson.dumps(part)
            except TypeError as error:
                raise InvalidField(type(value).__name__, name, part, f"a value JSON can carry ({error})") from error
        raise
