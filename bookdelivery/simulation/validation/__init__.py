"""The simulated world against queueing and repair theory, with the bookstore's own code in the loop.

`python -m bookdelivery.simulation.validation` prints the table; `--size 0.1` takes a tenth of the time.
"""

from bookdelivery.simulation.validation.cases import Case, Figure, cases
from bookdelivery.simulation.validation.validating import validate

__all__ = ["Case", "Figure", "cases", "validate"]
