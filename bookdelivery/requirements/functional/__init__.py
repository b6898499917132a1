"""F1 to F9, each as written-down cases that are played on a running bookstore.

Every case gets a bookstore of its own, and once it is over all invariants are checked on what it left.
"""

from __future__ import annotations

from bookdelivery.requirements.functional import canceling, fulfilling, looking, ordering
from bookdelivery.requirements.functional.case import Case, Scene
from bookdelivery.requirements.functional.playing import Played, play

__all__ = ["CASES", "Case", "Played", "Scene", "play"]

CASES: tuple[Case, ...] = (*ordering.CASES, *fulfilling.CASES, *canceling.CASES, *looking.CASES)
"""All cases, by requirement."""
