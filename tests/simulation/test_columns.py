"""The description of a result's tables is true, and the reference page says the same."""

from pathlib import Path

from bookdelivery.simulation.columns import TABLES, reference
from bookdelivery.simulation.result import FRAMES
from tests.simulation.worlds import quick, run

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "frames.md"


def test_every_table_has_the_columns_and_types_that_are_described() -> None:
    frames = run(quick(lasts=10.0)).frames
    described = {
        name: [(column, each.dtype) for column, each in table.columns.items()] for name, table in TABLES.items()
    }
    found = {
        name: [(str(column), str(dtype)) for column, dtype in frame.dtypes.items()] for name, frame in frames.items()
    }
    assert found == described


def test_the_tables_are_described_in_the_order_in_which_a_result_gives_them() -> None:
    assert tuple(TABLES) == FRAMES


def test_the_reference_page_is_the_description() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference()
