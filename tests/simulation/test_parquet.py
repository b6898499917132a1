"""A result's tables as files."""

import subprocess
import sys
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Constant, Outage, Result
from bookdelivery.simulation.parquet import read_frames
from tests.simulation.worlds import quick, run


@pytest.fixture(scope="module")
def result() -> Result:
    return run(quick(lasts=12.0, faults=[Outage("payment", at=4, lasts=4)]))


def test_all_tables_come_back_as_they_were_written(result: Result, tmp_path: Path) -> None:
    place = result.to_parquet(tmp_path / "new" / "run")
    assert sorted(path.stem for path in place.iterdir()) == sorted(result.frames)
    read = read_frames(place)
    assert list(read) == list(result.frames)
    for name, frame in result.frames.items():
        assert_frame_equal(read[name], frame, check_exact=True)


def test_tables_without_rows_come_back_too(tmp_path: Path) -> None:
    empty = run(quick(load=Constant(per_second=0.001)))
    for name, frame in read_frames(empty.to_parquet(tmp_path)).items():
        assert_frame_equal(frame, empty.frames[name])


def test_what_is_missing_is_named(result: Result, tmp_path: Path) -> None:
    place = result.to_parquet(tmp_path)
    (place / "alerts.parquet").unlink()
    with pytest.raises(InvalidField, match=r"there is no alerts\.parquet in it"):
        read_frames(place)


def test_without_pyarrow_the_error_says_what_to_install() -> None:
    program = (
        "import importlib.util, sys\n"
        "known = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'pyarrow' else known(name, *rest)\n"
        "from bookdelivery.simulation.parquet import MissingExtra, write_frames\n"
        "try:\n"
        "    write_frames({}, 'nowhere')\n"
        "except MissingExtra as error:\n"
        "    assert isinstance(error, ImportError)\n"
        "    print(error)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == (
        "writing Parquet files needs pyarrow, which is not installed: pip install 'bookdelivery[parquet]'"
    )
