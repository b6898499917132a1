"""What a change of messages breaks, by the documents that were published before it.

An event goes to readers who know the old schema, and comes back from a log that was written by it; so what is new must
fit the old, and what is old the new. A command comes from senders who know the old one. Where that cannot be, an
event's `schema_version` rises, with an upcaster for what was written before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import attrs

from bookdelivery.design.contracts.fitting import misfits
from bookdelivery.design.contracts.schemas import VERSION

Schema = Mapping[str, Any]


@attrs.frozen
class Break:
    """Something that somebody counts on and that is no longer so.

    Attributes:
        message: its name.
        words: what is no longer so, for whom.
        remedy: what to do instead.
    """

    message: str
    words: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message}: {self.words}; {self.remedy}"


def breaks(old: Mapping[str, Schema], new: Mapping[str, Schema], *, private: Collection[str] = ()) -> Sequence[Break]:
    """Compare the published schemas of all messages with the present ones.

    Args:
        old: as published, by the message's name; see `bookdelivery.design.contracts.json_schemas`.
        new: as they are now.
        private: the commands that nobody sends from outside, which may change as their context likes.
    """
    return [one for name, schema in old.items() if name not in private for one in _breaks(name, schema, new.get(name))]


def _breaks(name: str, old: Schema, new: Schema | None) -> Iterator[Break]:
    kind = "event" if _is_event(old) else "command"
    if new is None:
        remedy = "go on stating it" if kind == "event" else "go on taking it"
        yield Break(name, f"this {kind} is gone", f"{remedy} until nobody uses it")
    elif kind == "command":
        for misfit in misfits(old, new):
            remedy = "let the new field be left out, or take a new command beside it"
            yield Break(name, f"those who send it as it was are refused: {misfit}", remedy)
    elif new.get(VERSION, 1) > old.get(VERSION, 1):
        # The codec has seen that there is an upcaster for each older version; readers are deployed before writers.
        return
    else:
        again = "raise its schema_version, give an upcaster, and deploy its readers first"
        for misfit in misfits(new, old):
            yield Break(name, f"its readers are told what they do not expect: {misfit}", again)
        for misfit in misfits(old, new):
            yield Break(name, f"what is in logs and outboxes can no longer be read: {misfit}", again)


def _is_event(schema: Schema) -> bool:
    return "eventType" in schema.get("properties", {})
