"""The pages of the reference that are written from the code: the command line, and the errors."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache

from cyclopts import App

import bookdelivery
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.services.cli import app
from tests.handbook.fixes import FIXES
from tests.handbook.operating import operating_pages

MADE = "This page is written by `python -m tests.handbook pages docs`; a test fails when it is old."


def pages() -> Mapping[str, str]:
    """Give the pages by their path within the documentation."""
    return {"reference/cli.md": command_line(app), "reference/errors.md": errors_page(), **operating_pages()}


def command_line(of: App) -> str:
    """Write what `--help` says of every command, on one page."""
    text = of.generate_docs(output_format="markdown", recursive=True, usage_name="bookdelivery")
    # The page has a table of contents beside it.
    before, _, rest = text.partition("## Table of Contents")
    rest = rest[rest.index("**Commands**") :]
    told = f"# Command line\n\n`bookdelivery` comes with the extra `cli`.\n{MADE}"
    # The usage has the name of whatever program runs at the moment, which is this one.
    rest = re.sub(r"(#+ (bookdelivery[^\n]*)\n(?:\n[^`#\n]*)*\n```console\n)[^\[\n]*", r"\1\2 ", rest)
    lines = (told + before[before.index("\n") :] + rest).splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


@cache
def errors() -> tuple[type[BookdeliveryError], ...]:
    """Give every class of error that the library raises on purpose, by its name and module."""
    for module in pkgutil.walk_packages(bookdelivery.__path__, "bookdelivery."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    mine = {one for one in _below(BookdeliveryError) if one.__module__.startswith("bookdelivery.")}
    return tuple(sorted(mine | {BookdeliveryError}, key=lambda one: (one.__name__, one.__module__)))


def _below(kind: type[BookdeliveryError]) -> Iterator[type[BookdeliveryError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def errors_page() -> str:
    """Write what each error means and what to do about it."""
    lines = [
        "# Errors",
        "",
        "Whatever the library raises on purpose is a `BookdeliveryError`, and also the nearest of Python's own errors,",
        f"so that `except TimeoutError` catches what you expect. {MADE}",
        "",
    ]
    for one in errors():
        told = (inspect.getdoc(one) or "").partition("\n\n")[0].replace("\n", " ")
        lines += [
            f"## {called(one)}",
            "",
            f"In `{one.__module__}`; caught as {', '.join(f'`{name}`' for name in _caught_as(one))} as well.",
            "",
            f"**Cause.** {told}",
            "",
            f"**What to do.** {FIXES[called(one)]}",
            "",
        ]
    return "\n".join(lines)


def called(one: type[BookdeliveryError]) -> str:
    """Give the name that the page has it under: with its module, where classes of several modules share a name."""
    alike = [other for other in errors() if other.__name__ == one.__name__]
    return one.__name__ if len(alike) == 1 else f"{one.__module__.rpartition('.')[2]}.{one.__name__}"


def _caught_as(one: type[BookdeliveryError]) -> list[str]:
    """Give what else an `except` can name: its bases of ours but the common one, and the nearest of Python's own."""
    above = [base for base in one.__mro__[1:] if base is not BookdeliveryError]
    python = [base for base in above if base.__module__ == "builtins"]
    nearest = [base for base in python if not any(base in other.__mro__[1:] for other in python)]
    return [base.__name__ for base in above if issubclass(base, BookdeliveryError) or base in nearest]
