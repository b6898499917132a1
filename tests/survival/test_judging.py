"""The judge of the drill can say no: each of these designs works until a kill hits it at the wrong moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.survival.crash_points import Crash, CrashPoint
from tests.survival.drill import Drill
from tests.survival.judging import DOUBLED, LOST, judge


@pytest.mark.parametrize(
    ("specimen", "crash", "sort", "words"),
    [
        (
            "at most once",
            Crash(CrashPoint.ACKNOWLEDGED, 5, "mypage"),
            LOST,
            "every_event_reaches_every_subscriber",
        ),
        (
            "fire and forget",
            Crash(CrashPoint.BEFORE_PUBLISH, 3, "payment"),
            LOST,
            "was committed and is not on the topic",
        ),
        (
            "key per process",
            Crash(CrashPoint.CHARGED, 3, "payment"),
            DOUBLED,
            "money_moves_at_most_once",
        ),
    ],
)
def test_a_design_that_does_not_survive_a_kill_is_caught(
    begin: Callable[..., Drill], specimen: str, crash: Crash, sort: str, words: str
) -> None:
    drill = begin(1, specimen=specimen)
    drill.kill_at(crash)

    # What was lost is waited for in vain.
    judgement = judge(drill, patience_s=3.0)

    assert drill.missed == []
    assert [finding for finding in judgement.findings if finding.sort == sort and words in finding.what]


def test_an_acknowledgement_that_is_not_kept_is_caught(begin: Callable[..., Drill]) -> None:
    drill = begin(1)
    drill.kill_at(Crash(CrashPoint.AFTER_COMMIT, 40))
    stories = drill.witness.stories.values()
    placed = next(known for known in stories if known.answers and known.story.plot == "left alone")
    step, _, answer = placed.answers[0]

    # Somebody was told that the order is delivered, which nobody ever stated.
    placed.answers.append((step, "complete", answer))

    judgement = judge(drill)

    assert [finding for finding in judgement.findings if finding.sort == LOST and placed.story.token in finding.what]
