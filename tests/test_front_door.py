import subprocess
import sys

import pytest

import bookdelivery

USE_WITHOUT_IMPORT = """
import sys, bookdelivery
assert "bookdelivery.simulation" not in sys.modules
assert bookdelivery.simulation.__name__ == "bookdelivery.simulation"
assert "bookdelivery.design" not in sys.modules
assert bookdelivery.design.__name__ == "bookdelivery.design"
"""


def test_simulation_and_design_are_loaded_when_they_are_first_used_and_not_before() -> None:
    subprocess.run([sys.executable, "-c", USE_WITHOUT_IMPORT], check=True)


def test_a_misspelt_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'bookdelivery' has no attribute 'simulaton'"):
        _ = bookdelivery.simulaton  # type: ignore[attr-defined]


def test_every_promised_name_is_there() -> None:
    assert [name for name in bookdelivery.__all__ if not hasattr(bookdelivery, name)] == []
