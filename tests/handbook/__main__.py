"""Makes what the documentation has from the code, and checks what is built from it.

`python -m tests.handbook pages docs` and `python -m tests.handbook pictures docs` write what is in the repository; a
test fails when it is old. `python -m tests.handbook api docs` makes the reference of the API before each build, and
`python -m tests.handbook check site` checks a built site.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.handbook.api import write_api
from tests.handbook.check import problems

SOURCE = Path(__file__).parents[2] / "bookdelivery"
USAGE = "usage: python -m tests.handbook pages DOCS | pictures DOCS [NAME ...] | api DOCS | check SITE"


def main(arguments: list[str]) -> int:
    """Do what is asked for; give the exit status."""
    match arguments:
        case ["api", docs]:
            write_api(Path(docs), SOURCE)
        # What these two look at needs more extras than a build of the site.
        case ["pages", docs]:
            from tests.handbook.pages import pages

            _write(Path(docs), pages())
        case ["pictures", docs, *names]:
            from tests.handbook.pictures import draw_pictures

            _write(Path(docs), draw_pictures(names))
        case ["check", site]:
            found = list(problems(Path(site)))
            print("\n".join(found) or "The site is whole: its links lead somewhere, and nothing comes from outside.")
            return 1 if found else 0
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


def _write(docs: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
