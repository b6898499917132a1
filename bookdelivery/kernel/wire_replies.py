"""What a command answers, on its way between processes: the answer's type by name, and its fields."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from bookdelivery.kernel.errors import InvalidMessage
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire_fields import READING_FAILED
from bookdelivery.kernel.wire_forms import make_converter


def replies_of(command: type[Command[Any]]) -> tuple[type[Any], ...]:
    """Give the classes a command's answer may be of (`Command[PayApproved | PayDeclined]`), NoneType among them."""
    for base in getattr(command, "__orig_bases__", ()):
        for reply in get_args(base):
            if get_origin(reply) in (Union, UnionType):
                return get_args(reply)
            return (NoneType if reply is None else reply,)
    return (NoneType,)


class Replies:
    """Writes and reads answers."""

    def __init__(self) -> None:
        self._converter = make_converter()

    def write(self, reply: Any) -> dict[str, Any]:
        """Write an answer, ready to be written as JSON."""
        if reply is None:
            return {"type": "", "fields": {}}
        return {"type": type(reply).__name__, "fields": self._converter.unstructure(reply)}

    def read(self, command: type[Command[Any]], document: Any) -> Any:
        """Read an answer to a command.

        Raises:
            InvalidMessage: it is no answer that this command can have.
        """
        what = f"the answer to {command.__name__}"
        known = {"" if kind is NoneType else kind.__name__: kind for kind in replies_of(command)}
        if not isinstance(document, Mapping) or document.get("type") not in known:
            raise InvalidMessage(what, [f"its type must be one of {', '.join(map(repr, known))}"])
        kind = known[document["type"]]
        if kind is NoneType:
            return None
        try:
            return self._converter.structure(document.get("fields"), kind)
        except READING_FAILED as error:
            raise InvalidMessage(what, [str(error)]) from error
