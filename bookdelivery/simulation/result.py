"""What came of a simulation: tables, and the facts of the world at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from bookdelivery.application.system import System
from bookdelivery.kernel.ports import DeadLetter, Store
from bookdelivery.simulation.alerts import alerts_frame
from bookdelivery.simulation.frames import messages_frame, orders_frame, totals_frame, views_frame
from bookdelivery.simulation.operations import Rollout
from bookdelivery.simulation.parquet import write_frames
from bookdelivery.simulation.plotting.plots import Plots
from bookdelivery.simulation.provider import Entry
from bookdelivery.simulation.recording import Recording
from bookdelivery.simulation.scenario import Scenario
from bookdelivery.simulation.story import Story, story
from bookdelivery.simulation.summary import summary


@attrs.frozen(kw_only=True)
class WorldFacts:
    """The world at the end of a simulation.

    Attributes:
        records: by context and kind of record ("order", "Order"), the last state of each, by ascending key.
        ledger: every charge and refund of the payment provider, in order.
        dead_letters: by context, the messages it gave up.
        errors: what nobody expected: when (seconds), in which pod, and the error as text.
        ended_s: when it ended, in seconds.
        steps: how many steps of dealings with the outside each context's pods took (see `Crash.at_step`); 0 where they
            were not counted, as no crash at a step was asked for.
        stores: each context's store as it was at the end.
        deleted_unread: by consumer group, how many messages the topic's retention deleted before they were handled.
    """

    records: Mapping[str, Mapping[str, Sequence[Any]]]
    ledger: Sequence[Entry]
    dead_letters: Mapping[str, Sequence[DeadLetter]]
    errors: Sequence[tuple[float, str, str]]
    ended_s: float
    steps: Mapping[str, int]
    stores: Mapping[str, Store] = attrs.field(repr=False)
    deleted_unread: Mapping[str, int] = attrs.field(factory=dict)


class Result:
    """What came of a simulation.

    All times are seconds of virtual time since its beginning, nan where something never happened. Tables are made when
    they are first asked for. An `order_id` of 0 means that a row belongs to no order.

    Args:
        scenario: what was simulated.
        system: whose code was run.
        drained: whether everything had settled at the end.
        world: facts of the world at its end.
        recording: what was written down.
    """

    def __init__(
        self, scenario: Scenario, system: System, drained: bool, world: WorldFacts, recording: Recording
    ) -> None:
        self.scenario = scenario
        self.system = system
        self.drained = drained
        self.world = world
        self._recording = recording

    def __repr__(self) -> str:
        settled = "settled" if self.drained else "not settled"
        sizes = ", ".join(f"{size:,} {name}" for name, size in self._recording.sizes.items() if size)
        return f"<Result of {self.system.name}, {settled} at {self.world.ended_s:g} s: {sizes or 'nothing happened'}>"

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row an order, by ascending id."""
        return orders_frame(self.requests, self._recording.log.in_parts(), self.world.records, self.world.ledger)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row a visitor's request, in the order in which they ended."""
        return self._recording.requests.frame()

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event, in the order of commits."""
        return self._recording.log.events()

    @cached_property
    def messages(self) -> pd.DataFrame:
        """One row for each event and each policy or view that listens to it: when it was published and handled."""
        return messages_frame(self._recording)

    @cached_property
    def views(self) -> pd.DataFrame:
        """One row for each time an event was shown in a view."""
        return views_frame(self._recording)

    @cached_property
    def operations(self) -> pd.DataFrame:
        """One row an operation of a pod, in the order in which they ended."""
        return self._recording.operations.frame()

    @cached_property
    def calls(self) -> pd.DataFrame:
        """One row a synchronous request between contexts, or from the people who work in the shop."""
        return self._recording.calls.frame()

    @cached_property
    def breakers(self) -> pd.DataFrame:
        """One row each time a circuit breaker changed its state."""
        return self._recording.breakers.frame()

    @cached_property
    def policies(self) -> pd.DataFrame:
        """Samples of what resilience policies other than breakers did, every `Scenario.sample_every_s` seconds."""
        return self._recording.policies.frame()

    @cached_property
    def pods(self) -> pd.DataFrame:
        """One row a change of a pod."""
        return self._recording.pods.frame()

    @cached_property
    def queues(self) -> pd.DataFrame:
        """Samples of each context's queues, every `Scenario.sample_every_s` seconds."""
        return self._recording.queues.frame()

    @cached_property
    def scaling(self) -> pd.DataFrame:
        """One row a look of an autoscaler."""
        return self._recording.scaling.frame()

    @cached_property
    def rollouts(self) -> pd.DataFrame:
        """One row a step of a rollout."""
        return self._recording.rollouts.frame()

    @cached_property
    def alerts(self) -> pd.DataFrame:
        """One row for each time an alert of one of the scenario's objectives fired."""
        return alerts_frame(self.scenario.objectives, self.requests, self.faults, self.world.ended_s)

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Exact sums over all operations, calls and handled messages, also where only some rows were kept."""
        return totals_frame(self._recording)

    @cached_property
    def faults(self) -> pd.DataFrame:
        """One row a fault, for each time it struck if only the run said when, and one a change made on purpose."""
        planned = [fault for fault in self.scenario.faults if not fault.is_random]
        windows = [fault.window(self.scenario.lasts) for fault in planned]
        rows = [
            (fault.label, begin_s, end_s if fault.heals else self.world.ended_s)
            for fault, (begin_s, end_s) in zip(planned, windows, strict=True)
        ]
        rows += self._recording.strikes.frame().itertuples(index=False, name=None)
        rows += [(change.label, change.at, self._over_s(change)) for change in self.scenario.rollouts]
        rows += [(change.label, change.at, change.at) for change in self.scenario.maintenance]
        frame = pd.DataFrame(rows, columns=["label", "start_s", "end_s"])
        return frame.astype({"label": "str", "start_s": "float64", "end_s": "float64"})

    @property
    def plot(self) -> Plots:
        """Its pictures: `result.plot()` is the timeline, `result.plot.latency()` one panel of it; see `Plots`."""
        return Plots(self)

    def story(self, order_id: int) -> Story:
        """Tell an order's life across all contexts, as a table and as a sequence diagram.

        Raises:
            InvalidField: no customer tried to place an order of this id.
        """
        return story(self, order_id)

    def _over_s(self, rollout: Rollout) -> float:
        """Say when a rollout was complete or had failed; its beginning, where it never moved."""
        rows = self.rollouts
        own = rows[(rows["context"] == rollout.context) & (rows["version"] == rollout.version)]
        over = own.loc[own["change"] != "progressing", "time_s"]
        return float(over.iloc[0]) if len(over) else float(own["time_s"].max()) if len(own) else rollout.at

    def verdicts(self) -> Any:
        """Judge the requirements that this run has evidence for; one row a requirement.

        Judging is the business of `bookdelivery.requirements`, which knows simulations and not the other way round; so
        its `verdicts(result)` is looked up by name, and only when somebody asks.
        """
        return import_module("bookdelivery.requirements").verdicts(self)

    def summary(self) -> pd.DataFrame:
        """Give the run in some thirty figures: one row each, by group and name, with the columns value and unit."""
        return summary(self)

    def to_parquet(self, directory: str | Path) -> Path:
        """Write all tables to a directory, each to a file of its name: `orders.parquet` and so on.

        Needs the `parquet` extra; `bookdelivery.simulation.parquet.read_frames` reads them back.

        Returns:
            The directory.

        Raises:
            MissingExtra: pyarrow is not installed.
            OSError: the files cannot be written.
        """
        return write_frames(self.frames, directory)

    def _repr_html_(self) -> str:
        # As in `plot`: what draws is loaded only by who wants to see something.
        from bookdelivery.simulation.display import html  # noqa: PLC0415

        return html(self)

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """All tables by name."""
        return {name: getattr(self, name) for name in FRAMES}


FRAMES = (
    "orders",
    "requests",
    "events",
    "messages",
    "views",
    "operations",
    "calls",
    "breakers",
    "policies",
    "pods",
    "queues",
    "scaling",
    "rollouts",
    "alerts",
    "totals",
    "faults",
)
"""The names of a result's tables."""
