"""Which deaths a drill has: every named crash point in every place that has it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bookdelivery.services.drill.crash_points import PLACES as AT_PORTS
from tests.survival.crash_points import Crash, CrashPoint, FilePoint

PLACES: Mapping[CrashPoint | FilePoint, Sequence[str]] = {
    **dict[CrashPoint | FilePoint, Sequence[str]](AT_PORTS.items()),
    FilePoint.WRITING: ("shop", "provider"),
    FilePoint.BEFORE_COMMIT_STATEMENT: ("shop", "provider"),
    FilePoint.AFTER_COMMIT_STATEMENT: ("shop", "provider"),
}


def once_each(seed: int) -> Sequence[Crash]:
    """Plan every named crash point once, each in one of its places."""
    rng = random.Random(seed)
    return [Crash(point, rng.randint(1, 10), rng.choice(places)) for point, places in PLACES.items()]


def everywhere(seed: int) -> Sequence[Crash]:
    """Plan every named crash point in each of its places, in any order."""
    rng = random.Random(seed)
    crashes = [Crash(point, rng.randint(1, 25), where) for point, places in PLACES.items() for where in places]
    rng.shuffle(crashes)
    return crashes
