"""An order's life, told across all contexts: who asked whom for what, what was stated, and who heard of it when."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pandas as pd

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.faults import CUSTOMERS

if TYPE_CHECKING:
    from bookdelivery.simulation.plotting.picture import Picture
    from bookdelivery.simulation.result import Result


class Kind(StrEnum):
    """What a step of a story is."""

    REQUEST = "request"
    ANSWER = "answer"
    EVENT = "event"
    HEARD = "heard"


@attrs.frozen(kw_only=True)
class Step:
    """Something that happened to the order.

    Attributes:
        kind: a request or its answer, an event that was stated, or an event that a context heard of.
        source: who sends or states: a context, "customers" or "people".
        target: who receives; the source itself for an event.
        label: the request, the answer's outcome, or the event's name.
        begin_s: when it was sent or stated, in seconds.
        end_s: when it was handled, for an event that was heard of, in seconds, nan: never; else the same.
        detail: the policies and views that handled it.
    """

    kind: Kind
    source: str
    target: str
    label: str
    begin_s: float
    end_s: float
    detail: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Story:
    """The life of an order.

    Attributes:
        order_id: whose.
        steps: what happened, in the order of time.
        cast: who takes part, in the order in which they are drawn.
        troubles: the faults during its life: each one's label, beginning and end, in seconds.
        title: what to call it.
    """

    order_id: int
    steps: Sequence[Step]
    cast: Sequence[str]
    troubles: Sequence[tuple[str, float, float]]
    title: str

    @property
    def frame(self) -> pd.DataFrame:
        """The steps as a table: kind, source, target, label, begin_s, end_s, detail."""
        return pd.DataFrame([attrs.asdict(step) for step in self.steps], columns=[f.name for f in attrs.fields(Step)])

    def plot(self) -> Picture:
        """Draw it as a sequence diagram: a line down for each who takes part, time runs downwards."""
        # As in `Result.plot`: matplotlib is loaded only by who wants to see something.
        from bookdelivery.simulation.plotting.sequence import sequence_diagram  # noqa: PLC0415

        return sequence_diagram(self)

    def save(self, path: str | Path) -> Path:
        """Draw it into a file; its suffix says in which format: .svg, .png or .pdf."""
        self.plot().savefig(path)
        return Path(path)

    def _repr_svg_(self) -> str:
        return self.plot().to_svg()

    def _repr_html_(self) -> str:
        # As wide as the page, and never wider: a story is read from top to bottom.
        svg = self._repr_svg_()
        return svg[svg.index("<svg") :].replace("<svg ", '<svg style="width:100%;height:auto" ', 1)


def story(result: Result, order_id: int) -> Story:
    """Tell an order's life.

    Raises:
        InvalidField: no customer tried to place an order of this id.
    """
    orders = result.orders.set_index("order_id")
    if order_id not in orders.index:
        ids = orders.index
        allowed = f"an order of this run: {ids.min()} to {ids.max()}" if len(ids) else "an order; this run has none"
        raise InvalidField("story", "order_id", order_id, allowed)
    steps = [*_requests(result, order_id), *_calls(result, order_id), *_events(result, order_id)]
    steps.sort(key=lambda step: (step.begin_s, _RANK[step.kind]))
    names = {name for step in steps for name in (step.source, step.target)}
    known = [CUSTOMERS, *(context.name for context in result.system.contexts)]
    cast = [name for name in known if name in names] + sorted(names - set(known))
    begin_s = steps[0].begin_s if steps else 0.0
    over_s = max([begin_s, *(max(step.begin_s, step.end_s) for step in steps if step.end_s == step.end_s)])
    rows = result.faults.itertuples(index=False, name=None)
    troubles = [(label, start, end) for label, start, end in rows if start <= over_s and end >= begin_s]
    status = str(orders["status"][order_id]) or "never known to the shop"
    title = f"Order {order_id}: {status}, {over_s - begin_s:,.4g} s after it was sent at {begin_s:,.6g} s"
    return Story(order_id=order_id, steps=steps, cast=cast, troubles=troubles, title=title)


_RANK = {Kind.ANSWER: 0, Kind.EVENT: 1, Kind.HEARD: 2, Kind.REQUEST: 3}


def _requests(result: Result, order_id: int) -> list[Step]:
    requests = result.requests
    rows = requests[requests["order_id"] == order_id].to_dict("records")
    return [
        step
        for row in rows
        for step in _asked(
            CUSTOMERS,
            row["context"],
            row["kind"],
            row["arrived_s"],
            row["finished_s"],
            row["outcome"].replace("_", " "),
        )
    ]


def _calls(result: Result, order_id: int) -> list[Step]:
    calls = result.calls
    rows = calls[calls["order_id"] == order_id].to_dict("records")
    return [
        step
        for row in rows
        for step in _asked(
            row["caller"], row["callee"], row["command"], row["started_s"], row["finished_s"], row["outcome"]
        )
    ]


def _asked(source: str, target: str, what: str, begin_s: float, end_s: float, outcome: str) -> tuple[Step, Step]:
    return (
        Step(kind=Kind.REQUEST, source=source, target=target, label=what, begin_s=begin_s, end_s=begin_s),
        Step(kind=Kind.ANSWER, source=target, target=source, label=outcome, begin_s=end_s, end_s=end_s),
    )


def _events(result: Result, order_id: int) -> list[Step]:
    events, messages = result.events, result.messages
    stated = events[events["order_id"] == order_id]
    steps = [
        Step(
            kind=Kind.EVENT,
            source=row["source"],
            target=row["source"],
            label=row["type"],
            begin_s=row["time_s"],
            end_s=row["time_s"],
        )
        for row in stated.to_dict("records")
    ]
    stated_s = dict(zip(stated["message_id"], stated["time_s"], strict=True))
    listened = messages[messages["order_id"] == order_id]
    for (message_id, context), rows in listened.groupby(["message_id", "context"], sort=False):
        steps.append(
            Step(
                kind=Kind.HEARD,
                source=rows["source"].iloc[0],
                target=str(context),
                label=rows["type"].iloc[0],
                begin_s=stated_s[str(message_id)],
                end_s=float(rows["consumed_s"].max(skipna=False)),
                detail=tuple(name.partition(".")[2] for name in rows["consumer"]),
            )
        )
    return steps
