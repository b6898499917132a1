from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_each_program_of_the_readme_runs_and_prints_what_its_comments_say(block: str, tmp_path: Path) -> None:
    shorter = block.replace("lasts=1800", "lasts=120").replace("at=600, lasts=600", "at=30, lasts=60")
    done = subprocess.run([sys.executable, "-c", shorter], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for printed in re.findall(r"print\(.*\)  # (\w+)$", block, re.MULTILINE):
        assert printed in done.stdout


def test_the_readme_has_programs_for_both_worlds() -> None:
    assert [name for name in ("Bookstore.open", "simulate(") if not any(name in block for block in BLOCKS)] == []
