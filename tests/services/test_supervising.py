"""How long a process that ended is left alone before it is started again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys

import pytest

from bookdelivery.services import supervising
from bookdelivery.services.supervising import FAILED, Supervisor

TIMES = 4


@pytest.mark.parametrize(
    ("status", "pauses_s"),
    [(FAILED, ["0.1", "0.2", "0.3", "0.3"]), (-9, ["0.1"] * TIMES)],
    ids=["gave up waiting", "was killed"],
)
def test_who_gave_up_waiting_is_left_alone_for_longer_each_time_however_long_it_waited(
    status: int, pauses_s: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(supervising, "LONGEST_PAUSE_S", 0.3)
    # However short it was, each ran for long enough.
    monkeypatch.setattr(supervising, "STEADY_S", 0.0)
    ends = "import os, sys; os.kill(os.getpid(), 9)" if status < 0 else f"import sys; sys.exit({status})"
    told: list[str] = []

    def note(name: str, text: str) -> None:
        assert name == "order"
        told.append(text)
        if len(told) == TIMES:
            os.kill(os.getpid(), signal.SIGTERM)

    supervisor = Supervisor({"order": [sys.executable, "-S", "-c", ends]}, lambda *_: None, note)
    asyncio.run(asyncio.wait_for(supervisor.run(), 120))
    assert told[0] == f"ended with status {status}; starting it again in 0.1 s"
    assert [re.findall(r"in ([0-9.]+) s", text)[0] for text in told] == pauses_s
