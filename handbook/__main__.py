"""Makes what the documentation has from the code, and checks what is built from it.

`python -m handbook api docs` makes the reference of the API, `python -m handbook check site` checks a built site.
"""

from __future__ import annotations

import sys
from pathlib import Path

from handbook.api import write_api
from handbook.check import problems

SOURCE = Path(__file__).parents[1] / "bookdelivery"
USAGE = "usage: python -m handbook api docs | check site"


def main(arguments: list[str]) -> int:
    """Do what is asked for; give the exit status."""
    match arguments:
        case ["api", docs]:
            write_api(Path(docs), SOURCE)
        case ["check", site]:
            found = list(problems(Path(site)))
            print("\n".join(found) or "The site is whole: its links lead somewhere, and nothing comes from outside.")
            return 1 if found else 0
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
