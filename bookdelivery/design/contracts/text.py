"""Documents as text: JSON or YAML, in the order in which they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import yaml


def to_json(document: Any) -> str:
    """Write a document as JSON, two spaces a level."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def to_yaml(document: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """Write a document as YAML 1.1, which every reader of 1.2 takes too; several documents with `---` between."""
    several = [document] if isinstance(document, Mapping) else list(document)
    return yaml.dump_all(several, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes what stands in two places twice, for people to read, instead of once with a reference."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True
