"""The logs that come with the package, to practise on."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

from bookdelivery.kernel.errors import InvalidField

_HERE = files("bookdelivery.simulation.measured")
_ENDING = ".csv"


def log_names() -> list[str]:
    """List the logs by name."""
    return sorted(file.name.removesuffix(_ENDING) for file in _HERE.iterdir() if file.name.endswith(_ENDING))


def read_log(name: str) -> pd.DataFrame:
    """Read a log.

    `packing-day` is a day at a packing table of the store's side, 09:00 to 18:00: for each order when it came
    (`arrived_s`, seconds since midnight), how long it waited for a free packer (`waited_s`) and how long packing took
    (`worked_s`), to the tenth of a second. It was made, not measured: `python -m bookdelivery.simulation.measured`
    writes it, and says there how.

    Raises:
        InvalidField: there is none of this name; says which there are.
    """
    if name not in log_names():
        raise InvalidField("read_log", "name", name, f"one of {', '.join(log_names())}")
    with (_HERE / f"{name}{_ENDING}").open(encoding="utf-8") as lines:
        return pd.read_csv(lines)
