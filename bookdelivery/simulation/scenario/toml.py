"""Scenarios in TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path

import tomli_w

from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.simulation.scenario.model import Scenario
from bookdelivery.simulation.scenario.problems import InvalidScenario, Problem
from bookdelivery.simulation.scenario.reading import read
from bookdelivery.simulation.scenario.writing import write


class UnreadableFile(BookdeliveryError, OSError):
    """A file cannot be opened, or is not text.

    Attributes:
        path: which.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def text_of(path: Path) -> str:
    """Read a text file.

    Raises:
        UnreadableFile: it cannot be opened, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(str(path), f"is not text in UTF-8 ({error.reason} at byte {error.start})") from error


def load_toml(path: Path) -> Scenario:
    """Read a scenario from a file.

    Raises:
        UnreadableFile: the file cannot be opened, or is not text.
        InvalidScenario: it is not TOML, or does not describe a scenario.
    """
    return parse_toml(text_of(path), str(path))


def parse_toml(text: str, source: str = "scenario") -> Scenario:
    """Read a scenario from a text.

    Raises:
        InvalidScenario: it is not TOML, or does not describe a scenario.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidScenario(source, [Problem("", _line(text, str(error)), f"TOML: {error}")]) from error
    return read(data, source)


def _line(text: str, complaint: str) -> str:
    """Find the line that a parser complains of; it says which only in words: "(at line 3, column 5)"."""
    number = complaint.rpartition("line ")[2].partition(",")[0]
    return text.splitlines()[int(number) - 1].strip() if number.isdigit() else text


def dump_toml(scenario: Scenario) -> str:
    """Write a scenario as a text that `parse_toml` reads as the same.

    Raises:
        NoFileFormat: something in it was written in Python, such as a load or a fault of your own.
    """
    return tomli_w.dumps(write(scenario))
