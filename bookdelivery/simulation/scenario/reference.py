"""The page docs/reference/scenario-keys.md, made from the schema of scenario files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bookdelivery.simulation.scenario.reading import KIND
from bookdelivery.simulation.scenario.schema import scenario_schema

_INTRODUCTION = """\
# All keys of a scenario

The tables of a [scenario file](scenario.md), which are the classes of `bookdelivery.simulation`, with their keys, which
are their attributes. Durations are in seconds: a number, or a distribution. What has no default must be given.

This page is made from the classes; a test keeps the two equal.
"""


def keys_page() -> str:
    """Write the page."""
    schema = scenario_schema()
    sections = [_section("Scenario", schema)]
    for name, table in schema["$defs"].items():
        if "properties" in table:
            sections.append(_section(name, table))
    return "\n".join([_INTRODUCTION, *sections])


def _section(name: str, table: Mapping[str, Any]) -> str:
    kind = table["properties"].get(KIND, {}).get("const")
    lines = [f"## {name}", "", table["description"], ""]
    if kind is not None:
        lines += [f'`{KIND} = "{kind}"`', ""]
    rows = list(_rows(table))
    if rows:
        lines += ["| key | holds | default | meaning |", "| --- | --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def _rows(table: Mapping[str, Any]) -> Iterator[str]:
    required = table.get("required", ())
    for key, field in table["properties"].items():
        if key == KIND:
            continue
        default = "**required**" if key in required else _code(field["default"]) if "default" in field else ""
        meaning = field.get("description", "").replace("|", "\\|")
        yield f"| `{key}` | {_holds(field)} | {default} | {meaning} |"


def _holds(field: Mapping[str, Any]) -> str:
    match field:
        case {"$ref": reference}:
            said = _name(reference)
        case {"allOf": [one]}:
            said = _holds(one)
        case {"anyOf": several}:
            said = " or ".join(_holds(each) for each in several)
        case {"const": value}:
            said = _code(value)
        case {"enum": words}:
            said = ", ".join(_code(word) for word in words)
        case {"type": "array", "items": each}:
            said = f"list of {_holds(each)}"
        case {"type": "object", "additionalProperties": each}:
            said = f"table of {_holds(each)}"
        case _:
            said = _simple(field)
    return said


def _simple(field: Mapping[str, Any]) -> str:
    kind = field.get("type", "any value")
    words = {
        "number": "number",
        "integer": "whole number",
        "string": "text",
        "boolean": "true or false",
        "array": "list",
    }
    said = words.get(kind, "value") if isinstance(kind, str) else " or ".join(words[each] for each in kind)
    limits = [
        f"{sign} {field[name]:g}"
        for name, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
        if name in field
    ]
    return f"{said} {' and '.join(limits)}".strip()


def _name(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return f"[{name}](#{name.lower()})" if name[0].isupper() else name


def _code(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text}`" if len(text) <= 40 else "see the class"
