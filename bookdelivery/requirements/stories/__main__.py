"""Makes the docs' page of the built-in scenarios anew: `python -m bookdelivery.requirements.stories docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from bookdelivery.requirements.stories.page import COMMAND, draw_pictures, write_page

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {COMMAND}")
    write_page(Path(sys.argv[1]))
    draw_pictures(Path(sys.argv[1]))
