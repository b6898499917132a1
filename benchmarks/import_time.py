"""How long a program waits for `import bookdelivery`, in a fresh interpreter each time."""

import statistics
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.rows import Row, duration

BUDGET_S = 0.3

_TIMED_IMPORT = """
from time import perf_counter
start = perf_counter()
import bookdelivery
print(perf_counter() - start)
"""


def rows(*, short: bool = False) -> Sequence[Row]:
    """The median import time against its budget of 0.3 s."""
    runs = [_import_once_s() for _ in range(5 if short else 21)]
    return [duration("import bookdelivery (peer: its budget)", statistics.median(runs), BUDGET_S, floor=1.0)]


def _import_once_s() -> float:
    python = subprocess.run([sys.executable, "-c", _TIMED_IMPORT], capture_output=True, text=True, check=True)
    return float(python.stdout)
