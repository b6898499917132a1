"""The configuration as a TOML file that says where each value comes from, without its secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from bookdelivery.services.config_keys import kind_of
from bookdelivery.services.config_loading import Loaded
from bookdelivery.services.masking import HIDDEN, masked


def printed(loaded: Loaded) -> str:
    """Write a configuration as TOML; secrets and passwords in URLs are masked."""
    return "\n".join(_lines(loaded)) + "\n"


def _lines(loaded: Loaded) -> Iterator[str]:
    first = True
    for section in attrs.fields(type(loaded.config)):
        values = getattr(loaded.config, section.name)
        yield from () if first else ("",)
        first = False
        yield f"[{section.name}]"
        for attribute in attrs.fields(type(values)):
            value = getattr(values, attribute.name)
            shown = HIDDEN if kind_of(attribute).secret and value else value
            source = loaded.sources.get(f"{section.name}.{attribute.name}")
            yield f"{attribute.name} = {_toml(shown)}" + (f"  # {source}" if source else "")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_name(name)} = {_toml(one)}" for name, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # What JSON writes of a text, a number or a truth value, TOML reads as the same.
    return json.dumps(masked(value) if isinstance(value, str) else value, ensure_ascii=False)


def _name(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
