"""What a probe believes, answer by answer."""

import pytest

from bookdelivery.simulation.operations import Probe
from bookdelivery.simulation.operations.probe import Streak


def believed(probe: Probe, well: bool, answers: str) -> str:
    """Feed answers, + or -, and give what is believed after each."""
    streak = Streak(probe, well)
    return "".join("+" if streak.heard(answer == "+") else "-" for answer in answers)


@pytest.mark.parametrize(
    ("success", "failure", "well", "answers", "expected"),
    [
        (1, 3, True, "+--+--+---+", "+++++++++-+"),
        (1, 1, True, "+-+-", "+-+-"),
        (2, 3, False, "+-++--+---", "---++++++-"),
        (3, 2, False, "++-+++--++", "-----++---"),
        (1, 3, False, "---+", "---+"),
    ],
)
def test_so_many_equal_answers_in_a_row_change_what_is_believed(
    success: int, failure: int, well: bool, answers: str, expected: str
) -> None:
    assert believed(Probe(success_threshold=success, failure_threshold=failure), well, answers) == expected
