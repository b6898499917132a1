"""The glossary: what everything is called in Korean and English and in the code, and what it means.

Korean names come from the contexts' own `language`, meanings from docstrings: there is nothing to keep up to date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs
import pandas as pd

from bookdelivery.design.elements import Node, NodeKind
from bookdelivery.design.model import DesignModel

KINDS = {
    NodeKind.CONTEXT: ("context", "컨텍스트"),
    NodeKind.ACTOR: ("actor", "액터"),
    NodeKind.AGGREGATE: ("aggregate", "어그리게잇"),
    NodeKind.COMMAND: ("command", "커맨드"),
    NodeKind.EVENT: ("event", "이벤트"),
    NodeKind.POLICY: ("policy", "정책"),
    NodeKind.VIEW: ("view", "뷰"),
    NodeKind.EXTERNAL: ("external system", "외부 시스템"),
}
"""The kinds of thing in the glossary, in English and Korean, in the order in which they stand in it."""

FIELD, STATE, REJECTED = ("field", "필드"), ("state", "상태"), ("rejected event", "탈락 이벤트")


@attrs.frozen(kw_only=True)
class Term:
    """One word of the language.

    Attributes:
        code: its name in the code, or on the wire.
        english: the same as English words.
        korean: the business's own word; empty if nobody has given it one.
        kind: what it is, in English.
        kind_korean: what it is, in Korean.
        context: where it belongs, empty for what all speak of.
        meaning: what it means, from the docstring; for a field, the messages that carry it, for a state, whose it is.
        id: the id of its node in the model, empty for what is no node.
    """

    code: str
    english: str
    korean: str
    kind: str
    kind_korean: str
    context: str = ""
    meaning: str = ""
    id: str = ""


@attrs.frozen
class Glossary:
    """All words of a design.

    Attributes:
        name: the design's.
        terms: in the order of kinds, and in each as declared.
    """

    name: str
    terms: tuple[Term, ...]

    @property
    def missing(self) -> tuple[Term, ...]:
        """The terms that have no Korean name, or whose meaning nobody explains."""
        return tuple(term for term in self.terms if not term.korean or not term.meaning)

    def find(self, words: str) -> Sequence[Term]:
        """Give the terms that contain all these words, in any language or in their meaning; exact names first."""
        wanted = [word.casefold() for word in words.split()]
        found = [term for term in self.terms if all(word in _searched(term) for word in wanted)]
        asked = words.strip().casefold()
        return sorted(found, key=lambda term: asked not in (term.code.casefold(), term.korean, term.english))

    def _repr_html_(self) -> str:
        return str(self.to_pandas()[["korean", "english", "code", "kind", "context", "meaning"]].to_html(index=False))

    def to_pandas(self) -> pd.DataFrame:
        """Give a table, one row a term, with the attributes of `Term`."""
        columns = [field.name for field in attrs.fields(Term)]
        return pd.DataFrame([attrs.astuple(term) for term in self.terms], columns=columns)

    def to_markdown(self) -> str:
        """Write it as a page with one table a kind."""
        parts = [HEAD.format(name=self.name)]
        for kind in dict.fromkeys((term.kind, term.kind_korean) for term in self.terms):
            rows = [term for term in self.terms if term.kind == kind[0]]
            parts.append(f"\n## {kind[0].capitalize()} · {kind[1]}\n\n{COLUMNS}")
            parts += [f"| {term.korean} | {term.english} | `{term.code}` | {_cell(term)} |\n" for term in rows]
        return "".join(parts)


HEAD = """\
# Glossary of the {name}

The business's words in Korean and English, what the code calls them, and what they mean. Written from the declarations
by `bookdelivery design glossary`; every name on the board, in the contracts and in the code stands here.
"""


COLUMNS = "| Korean | English | code | meaning |\n| --- | --- | --- | --- |\n"


def glossary(model: DesignModel) -> Glossary:
    """Collect the words of a design: of everything declared, of every field on the wire and every state."""
    return Glossary(model.name, (*_named(model), *_fields(model), *_states(model), *_rejected(model)))


def _searched(term: Term) -> str:
    return f"{term.code} {term.english} {term.korean} {term.meaning}".casefold()


def _cell(term: Term) -> str:
    where = f"*{term.context}*: " if term.context else ""
    return (where + term.meaning).replace("|", "\\|")


def _named(model: DesignModel) -> Iterator[Term]:
    for kind, (english, korean) in KINDS.items():
        for node in model.nodes(kind):
            if node.context is not None or kind in (NodeKind.ACTOR, NodeKind.EXTERNAL):
                yield Term(
                    code=node.name,
                    english=node.english,
                    korean=node.korean,
                    kind=english,
                    kind_korean=korean,
                    context=(node.context or "") if kind is not NodeKind.CONTEXT else "",
                    meaning=_meaning(model, node),
                    id=node.id,
                )


def _meaning(model: DesignModel, node: Node) -> str:
    if node.kind is NodeKind.CONTEXT:
        goal = node.facts["uptime_goal"]
        uptime = "uptime as its provider has it" if goal is None else f"up {goal:.5g} of the time"
        return f"{node.facts['subdomain']}; team {node.facts['team']}; {uptime}; deployed: {node.facts['cadence']}"
    if node.kind is NodeKind.ACTOR:
        return "Issues " + ", ".join(edge.target.partition(":")[2] for edge in model.outgoing(node.id)) + "."
    return node.summary or _deadline(node)


def _deadline(node: Node) -> str:
    return f"{node.name[:1].upper()}{node.name[1:]}." if node.kind is NodeKind.POLICY else ""


def _fields(model: DesignModel) -> Iterator[Term]:
    carriers: dict[str, list[str]] = {}
    for kind in (NodeKind.COMMAND, NodeKind.EVENT):
        for node in model.nodes(kind):
            if node.context is not None:
                for field in (node.schema or {}).get("properties", {}):
                    carriers.setdefault(field, []).append(node.name)
                for field in (node.facts.get("reply") or {}).get("properties", {}):
                    carriers.setdefault(field, []).append(f"the answer to {node.name}")
    for field, messages in carriers.items():
        if field not in ("eventType", "timestamp"):
            yield _word(model, field, FIELD, f"Carried by {_some(messages)}.")


def _some(names: Sequence[str], most: int = 4) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} others" if rest > 1 else f" and {names[-1]}" if rest == 1 else "")


def _states(model: DesignModel) -> Iterator[Term]:
    owners: dict[str, list[str]] = {}
    for aggregate in model.nodes(NodeKind.AGGREGATE):
        for state in aggregate.facts.get("lifecycle", {}).get("states", ()):
            owners.setdefault(state, []).append(aggregate.name)
    for state, aggregates in owners.items():
        yield _word(model, state, STATE, f"Of {' and '.join(aggregates)}.")


def _rejected(model: DesignModel) -> Iterator[Term]:
    for context in model.contexts():
        for name, reason in context.facts["rejected_events"].items():
            yield attrs.evolve(_word(model, name, REJECTED, f"Dropped: {reason}."), context=context.name)


def _word(model: DesignModel, code: str, kind: tuple[str, str], meaning: str) -> Term:
    return Term(
        code=code,
        english=re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", code).lower(),
        korean=model.language.get(code, ""),
        kind=kind[0],
        kind_korean=kind[1],
        meaning=meaning,
    )
