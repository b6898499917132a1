"""Runs what the documentation shows: each page's programs and commands, in order, in a directory of its own.

- A ```python block is executed, all blocks of a page in one namespace. `print(...)  # word` must print that word.
- A ```python or ```toml block that begins with `# name.py` or `# name.toml` is saved under that name instead.
- A ```sh block is run line by line: `bookdelivery ...`, `python FILE`, and a few commands of every shell. `make` and
  `pip install` are only looked up: the target, the extra is there. `# exits with 1` says another status than 0.
- What stands in a ```text block right below a ```sh block is said by its last command, line by line.
- A ```console block is what a person saw: its `bookdelivery` commands must exist with their options, no more.
- `<!-- not run: why -->` on the line above leaves a block out; `<!-- slow -->` leaves a page to `make slow`.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs

from bookdelivery.services.cli import app

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"(?:^[ ]*<!--\s*(?P<mark>[^\n]*?)\s*-->\n)?"
    r"^(?P<indent>[ ]*)```(?P<kind>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = re.compile(r"not run: (?P<why>.{10,})")
SAVED = re.compile(r"# (?P<name>[\w-]+\.(?:py|toml))\n")
PRINTS = re.compile(r"^[ ]*print\(.*\)  # (?P<text>\S+)$", re.MULTILINE)
SHELL = frozenset({"cat", "cd", "cp", "ls", "mkdir", "sed"})
PATIENCE_S = 240
"""Seconds after which a command that has not ended has failed."""


@attrs.frozen
class Block:
    """One block of code on a page.

    Attributes:
        kind: `python`, `sh`, `console`, `toml` ...
        text: what is in it.
        line: of the page that its text begins on.
        not_run: why it is not run; empty if it is.
    """

    kind: str
    text: str
    line: int
    not_run: str = ""


class Unfit(AssertionError):
    """What a page shows is not so."""


def pages() -> list[Path]:
    """Give every page of the project, by its path."""
    return sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/README.md")])


def blocks(page: Path) -> Iterator[Block]:
    """Give the blocks of a page, from top to bottom."""
    whole = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(whole):
        indent, said = found["indent"], NOT_RUN.fullmatch(found["mark"] or "")
        text = re.sub(f"^{indent}", "", found["text"], flags=re.MULTILINE) if indent else found["text"]
        line = whole.count("\n", 0, found.start("text")) + 1
        yield Block(found["kind"], text, line, said["why"] if said else "")


def run_page(page: Path, directory: Path) -> None:
    """Run all that a page shows in a directory, which is the current one meanwhile.

    Raises:
        Unfit: a command is none that may be run, ends with another status, or something else is printed.
    """
    names: dict[str, object] = {"__name__": "__main__"}
    said: str | None = None
    for block in blocks(page):
        if not block.not_run:
            said = _run_block(block, names, page, directory, said)


def _run_block(block: Block, names: dict[str, object], page: Path, directory: Path, before: str | None) -> str | None:
    """Run one block; give what its last command prints, if it has any."""
    said = None
    if (saved := SAVED.match(block.text)) and block.kind in ("python", "toml"):
        (directory / saved["name"]).write_text(block.text, encoding="utf-8")
    elif block.kind == "python":
        _run_python(block, names, page)
    elif block.kind == "toml":
        tomllib.loads(block.text)
    elif block.kind == "sh":
        for line in _lines(block.text):
            said = _run_line(line, directory)
    elif block.kind == "text" and before is not None:
        _compare(block.text, before)
    elif block.kind == "console":
        for line in re.findall(r"^\$ (.*)$", block.text.replace("\\\n", " "), re.MULTILINE):
            look_up(line)
    return said


def _run_python(block: Block, names: dict[str, object], page: Path) -> None:
    said = io.StringIO()
    # Whatever goes wrong then has the line of the page.
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(said):
        exec(code, names)  # noqa: S102
    for wanted in PRINTS.findall(block.text):
        if wanted not in said.getvalue():
            raise Unfit(f"{page.name} says that {wanted!r} is printed, but it is: {said.getvalue()}")


def _compare(text: str, said: str) -> None:
    for line in text.splitlines():
        if line.strip() != "..." and line.strip() not in said:
            raise Unfit(f"a page says that a command prints {line.strip()!r}, but it prints: {said}")


def _lines(text: str) -> Iterator[str]:
    yield from (line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#"))


def _run_line(line: str, directory: Path) -> str | None:
    """Run a command and give what it prints; None if it is only looked up."""
    words = shlex.split(line, comments=True)
    status = re.search(r"# exits with (\d)", line)
    program = words[0].removeprefix(".venv/bin/")
    if program == "bookdelivery":
        look_up(line)
        command = [sys.executable, "-m", "bookdelivery", *_shortened(words[1:])]
    elif program == "python" and not words[1].startswith("-"):
        command = [sys.executable, *words[1:]]
    elif program == "python" and words[1:2] == ["-m"]:
        command = [sys.executable, *words[1:]] if words[2] != "pip" else []
    elif program in SHELL:
        command = ["sh", "-c", line]
    else:
        command = []
    if not command:
        look_up(line)
        return None
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    done = subprocess.run(
        command, cwd=directory, env=surroundings, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    if done.returncode != (int(status[1]) if status else 0):
        raise Unfit(f"{line} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _shortened(words: list[str]) -> list[str]:
    """Judge quickly, and no more than one case where everything would be judged."""
    if words[0] != "verify":
        return words
    if not any(word.startswith("--requirements") for word in words):
        words = [*words, "--requirements", "F1"]
    return words if "--quick" in words else [*words, "--quick"]


def look_up(line: str) -> None:
    """See that what is not run here is there at all."""
    words = shlex.split(line, comments=True)
    program = words[0].removeprefix(".venv/bin/")
    if program == "bookdelivery":
        app.parse_args(words[1:], exit_on_error=False, print_error=False)
    elif program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for target in (word for word in words[1:] if "=" not in word):
            if not re.search(rf"^{target}:", makefile, re.MULTILINE):
                raise Unfit(f"{line}: the Makefile has no target {target}")
    elif program == "pip" or words[1:3] == ["-m", "pip"] or words[1:3] == ["-m", "venv"]:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted = {name for group in re.findall(r"\[([\w,]+)\]", line) for name in group.split(",")}
        if unknown := wanted - set(project["optional-dependencies"]):
            raise Unfit(f"{line}: there is no extra {', '.join(sorted(unknown))}")
    elif program not in {"git", "http", "curl", "pytest"}:
        raise Unfit(f"{line}: this command may not be run here; say why in `<!-- not run: why -->` above the block")
