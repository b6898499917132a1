"""`python -m tests.services.attacks`: try every attack, and print how many of each kind were refused.

With `--write` the table also goes into `docs/explanation/security.md`. Exit status: 0 all were refused, 1 one was not.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from tests.services.attacks.trying import table, try_all

PAGE = Path(__file__).parents[3] / "docs/explanation/security.md"
BEGIN, END = "<!-- attacks: begin -->\n", "<!-- attacks: end -->\n"


def main() -> int:
    """Try, print, and perhaps write."""
    began_s = time.monotonic()
    tried = asyncio.run(try_all())
    print(table(tried))  # noqa: T201
    print(f"in {time.monotonic() - began_s:.0f} s")  # noqa: T201
    if "--write" in sys.argv[1:]:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), table(tried)), encoding="utf-8")
    passed = [one for one in tried if not one.refused]
    for one in passed:
        print("NOT REFUSED:", one)  # noqa: T201
    return 1 if passed else 0


def with_table(page: str, written: str) -> str:
    """Give the page with this table."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{written}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
