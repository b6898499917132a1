"""The memory that a run takes."""

import resource
import sys


def peak_mb() -> float:
    """Give the most memory that this process ever had, in 10^6 bytes."""
    # Linux counts in units of 1024 bytes, macOS in bytes.
    unit_mb = 1e-6 if sys.platform == "darwin" else 1024e-6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_mb
