"""The findings a team lives with for now, each with its reason, in a file beside the code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs
import orjson

from bookdelivery.design.rules.rule import Finding
from bookdelivery.kernel.errors import BookdeliveryError

FORMAT = "bookdelivery-design-baseline"

UNEXPLAINED = "was there when the baseline was written"
"""The reason a finding is given until somebody writes a better one into the file."""


class UnreadableBaseline(BookdeliveryError, ValueError):
    """A file is no baseline, or cannot be read.

    Attributes:
        where: the file.
    """

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


@attrs.frozen
class Baseline:
    """Findings that are accepted.

    Attributes:
        accepted: for each finding's fingerprint, why.
    """

    accepted: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Baseline:
        """Accept these; those accepted before keep their reason."""
        return cls({finding.fingerprint: finding.accepted or UNEXPLAINED for finding in findings})

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline.

        Raises:
            UnreadableBaseline: there is no such file, or it is no baseline; says what is wrong.
        """
        try:
            document = orjson.loads(path.read_bytes())
        except OSError as error:
            raise UnreadableBaseline(str(path), f"cannot be read ({error.strerror})") from error
        except orjson.JSONDecodeError as error:
            raise UnreadableBaseline(str(path), f"is no JSON ({error})") from error
        accepted = document.get("accepted") if isinstance(document, dict) and document.get("format") == FORMAT else None
        if not isinstance(accepted, dict) or not all(isinstance(reason, str) for reason in accepted.values()):
            raise UnreadableBaseline(str(path), f"is no baseline: its format is not {FORMAT}")
        return cls(accepted)

    def to_json(self) -> str:
        """Write it, sorted, so that two teams' changes merge."""
        document = {"format": FORMAT, "accepted": dict(sorted(self.accepted.items()))}
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
