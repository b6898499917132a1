"""What a design is made of: the notes on the event-storming board and what joins them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs


class NodeKind(StrEnum):
    """The kinds of thing in a model; the first seven are sticky notes (Brandolini, Introducing EventStorming)."""

    ACTOR = "actor"
    COMMAND = "command"
    AGGREGATE = "aggregate"
    EVENT = "event"
    POLICY = "policy"
    VIEW = "view"
    EXTERNAL = "external"
    CONTEXT = "context"
    TOPIC = "topic"
    STORE = "store"
    PORT = "port"
    ADAPTER = "adapter"


class EdgeKind(StrEnum):
    """How one thing bears upon another. An edge points from the cause to the effect."""

    ISSUES = "issues"
    """An actor or a policy issues a command."""
    HANDLES = "handles"
    """A command is handled by an aggregate (points from the command to the aggregate)."""
    EMITS = "emits"
    """A command, once handled, may have its aggregate state an event (points from the command to the event)."""
    TRIGGERS = "triggers"
    """An event, or an aggregate whose deadline has come, sets a policy off."""
    PROMPTS = "prompts"
    """After an event, a person usually issues this command; nothing makes them do so."""
    PROJECTS = "projects"
    """An event is folded into a view (points from the event to the view)."""
    CALLS = "calls"
    """A command waits for another context's command, or for an external system, before it is answered."""
    PUBLISHES = "publishes"
    """A context writes events to a topic."""
    SUBSCRIBES = "subscribes"
    """A context reads a topic (points from the topic to the context)."""
    KEEPS_IN = "keeps in"
    """An aggregate or a view is kept in a store."""
    HAS = "has"
    """A context has a port."""
    IMPLEMENTS = "implements"
    """An adapter stands behind a port (points from the adapter to the port)."""
    REACHES = "reaches"
    """An adapter talks to a topic, a store or an external system."""


CAUSAL = frozenset(
    {EdgeKind.ISSUES, EdgeKind.EMITS, EdgeKind.TRIGGERS, EdgeKind.PROMPTS, EdgeKind.PROJECTS, EdgeKind.CALLS}
)
"""The edges along which one thing leads to another while the system runs."""


@attrs.frozen(kw_only=True)
class Node:
    """One thing in a model.

    Attributes:
        id: the kind and the name, such as `event:OrderPlaced`; names that only a context knows carry it
            (`policy:delivery.start the delivery`).
        kind: what it is.
        name: its name in the code.
        context: the context it belongs to, None for what belongs to none.
        korean: its name in the business's language, empty if nobody has given it one.
        doc: what it is, in a sentence or a few, from the docstring.
        file: the source file, beginning with the top package's directory; empty where there is none.
        line: the line its definition begins in, 0 where there is none.
        schema: the JSON Schema of its body or row, None for what has none.
        facts: what else is declared of it, ready for JSON; which keys there are depends on the kind.
    """

    id: str
    kind: NodeKind
    name: str
    context: str | None = None
    korean: str = ""
    doc: str = ""
    file: str = ""
    line: int = 0
    schema: Mapping[str, Any] | None = attrs.field(default=None, hash=False, repr=False)
    facts: Mapping[str, Any] = attrs.field(factory=dict, hash=False, repr=False)

    @property
    def english(self) -> str:
        """Its name as English words: `OrderPlaced` is "order placed"."""
        if not self.name.isidentifier():
            return self.name
        return _BETWEEN_WORDS.sub(" ", self.name).replace("_", " ").lower()

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        return _AFTER_SENTENCE.split(self.doc.split("\n\n")[0].replace("\n", " "), maxsplit=1)[0]

    def label(self, language: str = "en") -> str:
        """Give the name to show a reader of this language (`en` or `ko`); the code's where there is no Korean one."""
        return self.korean or self.name if language == "ko" else self.name


_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_AFTER_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@attrs.frozen(kw_only=True)
class Edge:
    """One thing bearing upon another.

    Attributes:
        source: the id of the cause.
        target: the id of the effect.
        kind: how.
        via: the id of what it happens through, where there is such a thing (the aggregate that states an event, the
            actor that is prompted); else empty.
        facts: what else is declared of it, ready for JSON (a call's `timeout_s` and `fallback`).
    """

    source: str
    target: str
    kind: EdgeKind
    via: str = ""
    facts: Mapping[str, Any] = attrs.field(factory=dict, hash=False, repr=False)

    @property
    def key(self) -> str:
        """What tells it from other edges between the same two nodes."""
        return f"{self.kind} via {self.via}" if self.via else str(self.kind)
