"""What can be known from outside: what was asked, and what was answered before the process died."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tests.survival.stories import PLOTS, Answer, Story


@attrs.define
class Known:
    """What is known of one story.

    Attributes:
        story: as it was first told.
        asked: how often each command was sent, by step and verb.
        answers: everything that was answered, with its step and verb.
    """

    story: Story
    asked: Counter[tuple[int, str]] = attrs.field(factory=Counter)
    answers: list[tuple[int, str, Answer]] = attrs.field(factory=list)

    @property
    def order_id(self) -> int | None:
        """The order's id, as far as anybody was told or chose it."""
        told = [answer.order_id for _, verb, answer in self.answers if verb == "place" and not answer.refused]
        return told[0] if told else self.story.chosen_id

    @property
    def stands(self) -> bool:
        """Whether anybody was told that the order stands."""
        return any(answer.complete for _, verb, answer in self.answers if verb == "place")

    def asked_for(self, *verbs: str) -> bool:
        """Say whether any of these commands was ever sent."""
        return any(verb in verbs for _, verb in self.asked)

    def rest(self) -> Story | None:
        """Give the story with what is over marked so; None if there is nothing to go on with.

        A customer who chose no id and got no answer has nothing to ask about, and one whose order does not stand goes
        away.
        """
        plot = PLOTS[self.story.plot]
        answered = {(step, verb) for step, verb, _ in self.answers}
        done = 0
        while done < len(plot) and all((done, verb) in answered for verb in plot[done]):
            done += 1
        if done == len(plot) or self.order_id is None or (done > 0 and not self.stands):
            return None
        return attrs.evolve(self.story, order_id=self.order_id, done=done)


class Witness:
    """Takes down what all processes of a drill told."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    @property
    def stories(self) -> Mapping[str, Known]:
        """All stories by token."""
        return self._known

    def asks(self, story: Story, verb: str) -> None:
        """Take down a command that is about to be sent."""
        known = self._known.setdefault(story.token, Known(story))
        known.asked[story.done, verb] += 1

    def answers(self, story: Story, verb: str, answer: Answer) -> None:
        """Take down an answer."""
        self._known[story.token].answers.append((story.done, verb, answer))

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take down a line of a process."""
        if line["what"] == "asks":
            self.asks(Story(**line["story"]), line["verb"])
        elif line["what"] == "answers":
            self.answers(Story(**line["story"]), line["verb"], Answer(**line["answer"]))

    def unfinished(self) -> Sequence[Story]:
        """List the stories that somebody can go on with."""
        rests = (known.rest() for known in self._known.values())
        return [rest for rest in rests if rest is not None]
