"""Events in the form they are kept in, written once for the outbox and the broker together."""

from __future__ import annotations

import orjson

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Unreadable
from bookdelivery.kernel.wire import Codec

_REMEMBERED = 4096

Recent = dict[str, tuple[Envelope, str, bytes]]
"""By the message's id: the very event that was written, and its form."""


class Encoded:
    """Writes and reads events as the text of their headers and the bytes of their body.

    What was written last is remembered, since an event goes to the outbox and, moments later, to the broker.

    Args:
        codec: the wire's form.
        recent: what was written last, shared by all who write to the same file.
    """

    def __init__(self, codec: Codec, recent: Recent) -> None:
        self._codec = codec
        self._recent = recent

    def write(self, envelope: Envelope) -> tuple[str, bytes]:
        """Write an event: headers, body.

        Raises:
            WronglyDeclared: the codec does not know this class of event.
            InvalidField: a value cannot be written.
        """
        known = self._recent.get(envelope.id)
        if known is not None and known[0] is envelope:
            return known[1], known[2]
        headers, body = self._codec.encode_event(envelope)
        text = orjson.dumps(headers).decode()
        if len(self._recent) >= _REMEMBERED:
            del self._recent[next(iter(self._recent))]
        self._recent[envelope.id] = (envelope, text, body)
        return text, body

    def read(self, headers: str, body: bytes, position: str) -> Envelope | Unreadable:
        """Read an event back; `position` names it where it has no id."""
        return self._codec.decode_event(orjson.loads(headers), body, position=position)

    def sealed(self, headers: str | bytes, body: bytes) -> Envelope:
        """Give an event as it was written, to be carried on.

        Raises:
            InvalidMessage: its headers are not those of an event.
        """
        return self._codec.sealed_event(orjson.loads(headers), body)
