"""Which deaths a drill has: every named crash point in every place that has it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.survival.crash_points import Crash, CrashPoint

CONTEXTS = ("order", "payment", "ordermanagement", "delivery", "mypage")
STATING = CONTEXTS[:-1]
"""The contexts that state facts; MyPage only listens."""

PLACES: dict[CrashPoint, Sequence[str]] = {
    CrashPoint.BEFORE_COMMIT: CONTEXTS,
    CrashPoint.AFTER_COMMIT: CONTEXTS,
    CrashPoint.BEFORE_PUBLISH: STATING,
    CrashPoint.AFTER_PUBLISH: STATING,
    CrashPoint.AFTER_MARK_SENT: STATING,
    CrashPoint.FETCHED: CONTEXTS,
    CrashPoint.HANDLED: CONTEXTS,
    CrashPoint.ACKNOWLEDGED: CONTEXTS,
    CrashPoint.BEFORE_CHARGE: ("payment",),
    CrashPoint.CHARGED: ("payment",),
    CrashPoint.BEFORE_REFUND: ("payment",),
    CrashPoint.REFUNDED: ("payment",),
    CrashPoint.WRITING: ("shop", "provider"),
    CrashPoint.BEFORE_COMMIT_STATEMENT: ("shop", "provider"),
    CrashPoint.AFTER_COMMIT_STATEMENT: ("shop", "provider"),
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
