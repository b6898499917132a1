"""The logs that come with the package are the ones that their script makes."""

from pathlib import Path

import pytest

import bookdelivery.simulation.measured
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.measured import log_names, read_log
from bookdelivery.simulation.measured.__main__ import main


def test_a_log_is_byte_for_byte_what_the_script_writes(tmp_path: Path) -> None:
    main(tmp_path)
    shipped = Path(bookdelivery.simulation.measured.__file__).parent
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (shipped / file.name).read_bytes()
    assert [file.stem for file in tmp_path.iterdir()] == log_names()


def test_nobody_begins_to_wait_before_he_comes_and_three_packers_are_never_four() -> None:
    log = read_log("packing-day")
    assert (log["waited_s"] >= 0).all()
    assert log["arrived_s"].is_monotonic_increasing
    begins = log["arrived_s"] + log["waited_s"]
    ends = begins + log["worked_s"]
    busy = [((begins <= at - 0.3) & (ends > at + 0.3)).sum() for at in begins]
    assert max(busy) <= 3


def test_an_unknown_log_is_refused_by_naming_those_there_are() -> None:
    with pytest.raises(InvalidField, match="packing-day"):
        read_log("packing-night")
