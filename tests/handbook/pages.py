"""The pages of the reference that are written from the code: the command line, and the errors."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping

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


def errors() -> list[type[BookdeliveryError]]:
    """Give every class of error that the library raises on purpose, by its name and module."""
    for module in pkgutil.walk_packages(bookdelivery.__path__, "bookdelivery."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    mine = {one for one in _below(BookdeliveryError) if one.__module__.startswith("bookdelivery.")}
    return sorted(mine | {BookdeliveryError}, key=lambda one: (one.__name__, one.__module__))


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
        ours = [base.__name__ for base in one.__mro__[1:] if issubclass(base, BookdeliveryError)]
        python = next(base.__name__ for base in one.__mro__ if base.__module__ == "builtins")
        lines += [
            f"## {one.__name__}",
            "",
            f"`{one.__module__}`; a {', '.join(f'`{name}`' for name in [*ours[:-1], python])}.",
            "",
            f"**Cause.** {told}",
            "",
            f"**What to do.** {FIXES[one.__name__]}",
            "",
        ]
    return "\n".join(lines)
