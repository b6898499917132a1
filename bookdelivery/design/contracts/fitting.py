"""Does whatever fits one JSON Schema also fit another? For the schemas that are made from messages.

Covered is what `bookdelivery.kernel.wire_schema` writes: types, enumerations, choices, bounds, lengths, patterns,
objects and lists. Where that does not decide it, the answer is no.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

Schema = Mapping[str, Any]


@attrs.frozen
class Misfit:
    """A reason why not.

    Attributes:
        field: where, by the names in JSON (`paper.colour`); empty for the whole.
        why: in words: what the field is, and what was counted on.
    """

    field: str
    why: str

    def __str__(self) -> str:
        return f"{self.field} {self.why}" if self.field else self.why


def misfits(given: Schema, wanted: Schema, field: str = "") -> Iterator[Misfit]:
    """Give the reasons why something that fits one schema may not fit another.

    Args:
        given: what it fits.
        wanted: what it is to fit.
        field: where they stand, for the reasons.
    """
    if "anyOf" in given:
        for one in given["anyOf"]:
            yield from misfits(one, wanted, field)
    elif "anyOf" in wanted:
        if not any(next(misfits(given, one, field), None) is None for one in wanted["anyOf"]):
            yield Misfit(field, f"may be {said(given)}, where {said(wanted)} was counted on")
    elif not _same_kind(given, wanted):
        yield Misfit(field, f"is {said(given)}, where {said(wanted)} was counted on")
    else:
        yield from _limits(given, wanted, field)
        yield from _parts(given, wanted, field)


def said(schema: Schema) -> str:
    """Say in words what a schema allows."""
    if "anyOf" in schema:
        return " or ".join(said(one) for one in schema["anyOf"])
    if "const" in schema:
        return f"{schema['const']!r}"
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))


def _same_kind(given: Schema, wanted: Schema) -> bool:
    values = _values(given)
    if values is not None:
        allowed = _values(wanted)
        if allowed is not None:
            return all(value in allowed for value in values)
        return wanted.get("type") in (None, "string") and all(isinstance(value, str) for value in values)
    if _values(wanted) is not None:
        return False
    kinds = (given.get("type"), wanted.get("type"))
    return kinds[1] is None or kinds[0] == kinds[1] or kinds == ("integer", "number")


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


_LEAST = ("minimum", "exclusiveMinimum", "minLength")
_MOST = ("maximum", "exclusiveMaximum", "maxLength")


def _limits(given: Schema, wanted: Schema, field: str) -> Iterator[Misfit]:
    for names, reaches in ((_LEAST, operator.ge), (_MOST, operator.le)):
        for name in names:
            if name in wanted and not (name in given and reaches(given[name], wanted[name])):
                own = given.get(name, "without limit")
                yield Misfit(field, f"has {name} {own}, where {wanted[name]} was counted on")
    if "pattern" in wanted and given.get("pattern") != wanted["pattern"] and _values(given) is None:
        yield Misfit(field, f"need not look like {wanted['pattern']!r}, which was counted on")


def _parts(given: Schema, wanted: Schema, field: str) -> Iterator[Misfit]:
    properties: Mapping[str, Schema] = given.get("properties", {})
    always = set(given.get("required", ()))
    prefix = f"{field}." if field else ""
    for name, one in wanted.get("properties", {}).items():
        needed = name in wanted.get("required", ())
        if name not in properties:
            if needed:
                yield Misfit(prefix + name, "is not there, and was counted on")
            continue
        if needed and name not in always:
            yield Misfit(prefix + name, "may be left out, and was counted on")
        yield from misfits(properties[name], one, prefix + name)
    for name in ("items", "additionalProperties"):
        if isinstance(wanted.get(name), Mapping) and isinstance(given.get(name), Mapping):
            yield from misfits(given[name], wanted[name], f"{field}[]")
