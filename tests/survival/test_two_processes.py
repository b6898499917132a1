"""Two bookstores in two processes on one file at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.survival.drill import Drill
from tests.survival.judging import judge


def sharing(file: Path, group: str) -> int:
    """Count the members that a group's partitions are shared out among."""
    with closing(sqlite3.connect(file)) as connection:
        question = "SELECT count(DISTINCT member) FROM topic_assignments WHERE consumers = ?"
        (number,) = connection.execute(question, (group,)).fetchone()
        return int(number)


def test_they_share_the_work_and_every_order_is_handled_once(begin: Callable[..., Drill]) -> None:
    drill = begin(1)
    processes = [drill.start(), drill.start()]
    for process in processes:
        process.has_begun(at_work=True)
    readers = sharing(drill.file, "mypage")
    time.sleep(0.5)
    for process in processes:
        process.stop()

    judgement = judge(drill)

    assert [finding.what for finding in judgement.findings] == []
    assert readers == 2
    placed = {token.partition(".")[0] for token, known in drill.witness.stories.items() if known.stands}
    assert placed == {"p1", "p2"}
