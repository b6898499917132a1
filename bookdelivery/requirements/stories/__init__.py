"""The built-in scenarios as requirements: what each must show, and what it must show with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping

from bookdelivery.requirements.stories.operated import AUTOSCALE, ROLLING_UPDATE, SELF_HEALING
from bookdelivery.requirements.stories.overloaded import PAYMENT_OVERLOAD, RETRY_STORM, SIEGE
from bookdelivery.requirements.stories.story import Story, Twist
from bookdelivery.requirements.stories.waiting import CATCH_UP, CONSUMER_REPLICA, STORE_DOWN, SUPPORTING_REMOVED

__all__ = ["STORIES", "Story", "Twist"]

STORIES: Mapping[str, Story] = {
    story.scenario: story
    for story in (
        STORE_DOWN,
        PAYMENT_OVERLOAD,
        SIEGE,
        CONSUMER_REPLICA,
        CATCH_UP,
        AUTOSCALE,
        ROLLING_UPDATE,
        SELF_HEALING,
        RETRY_STORM,
        SUPPORTING_REMOVED,
    )
}
"""All stories, by the name of the scenario they are told with."""
