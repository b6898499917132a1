"""What a run leaves behind, gathered through the ports, so that any system that has them can be judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from bookdelivery.application.composition import Composition, Wired
from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Handled, Outcome, Store, Unit

_PAGE = 1000


@attrs.frozen(kw_only=True)
class Account:
    """What the payment provider's books say about one order, in won.

    Attributes:
        charges: every amount taken from the customer.
        refunds: every amount given back.
    """

    charges: tuple[int, ...] = ()
    refunds: tuple[int, ...] = ()

    @property
    def balance(self) -> int:
        """What the customer has paid and not got back."""
        return sum(self.charges) - sum(self.refunds)


@attrs.frozen(kw_only=True)
class Answer:
    """What a customer was told.

    Attributes:
        order_id: the order.
        complete: whether the order was said to stand.
        at: when, in seconds since the epoch.
    """

    order_id: int
    complete: bool
    at: float


@attrs.frozen(kw_only=True)
class Missed:
    """A committed event that one of its subscribers never handled.

    Attributes:
        consumer: the policy or view.
        envelope: the event.
    """

    consumer: str
    envelope: Envelope


@attrs.frozen(kw_only=True, slots=False)
class Evidence:
    """What is left once a run has come to rest.

    Attributes:
        logs: for each context, the events it committed, in the order of its commits.
        records: for each kind of aggregate or row, what is stored, by order id.
        accounts: the payment provider's books, by order id.
        missed: events that a subscriber never handled.
        unsent: for each context, events it committed and never got published.
        dead_letters: messages given up.
        answers: what customers were told.
        now: the time of gathering, in seconds since the epoch.
        refolded: every view's rows, folded anew from the logs.
    """

    logs: Mapping[str, Sequence[Envelope]]
    records: Mapping[str, Mapping[int, Any]]
    accounts: Mapping[int, Account]
    missed: Sequence[Missed] = ()
    unsent: Mapping[str, int] = attrs.field(factory=dict)
    dead_letters: Sequence[DeadLetter] = ()
    answers: Sequence[Answer] = ()
    now: float = 0.0
    refolded: Mapping[str, Mapping[int, Any]] = attrs.field(factory=dict)

    @cached_property
    def events(self) -> Mapping[int, Sequence[Envelope]]:
        """The events of each order: each context's in the order of its commits, all together by time."""
        by_order: dict[int, list[Envelope]] = defaultdict(list)
        for log in self.logs.values():
            for envelope in log:
                by_order[envelope.key].append(envelope)
        for envelopes in by_order.values():
            # The sort is stable, so that what a context committed at the same instant keeps its order.
            envelopes.sort(key=lambda envelope: envelope.time)
        return by_order

    def of(self, kind: str) -> Mapping[int, Any]:
        """Give what is stored of a kind, by order id."""
        return self.records.get(kind, {})

    def trail(self, order_id: int) -> tuple[str, ...]:
        """Tell what happened to an order: its events, what is stored of it, and the provider's books."""
        events = self.events.get(order_id, ())
        start = events[0].time if events else 0.0
        lines = [f"+{event.time - start:.3f} s {event.source}: {event.type}" for event in events]
        lines += [
            f"in the end {kind} is {status}"
            for kind, records in sorted(self.records.items())
            if order_id in records and (status := _status(records[order_id])) is not None
        ]
        account = self.accounts.get(order_id, Account())
        lines.append(f"the provider charged {list(account.charges)} and refunded {list(account.refunds)} won")
        return tuple(lines)


def _status(record: Stored) -> str | None:
    status = getattr(record, "status", None) or getattr(record, "order_status", None)
    return None if status is None else str(status)


async def gather(
    composition: Composition,
    stores: Mapping[str, Store],
    *,
    accounts: Mapping[int, Account],
    answers: Iterable[Answer] = (),
    now: float = 0.0,
) -> Evidence:
    """Read everything a run left in its stores. The run must have come to rest, and is over afterwards.

    Whether a subscriber handled an event is asked of its inbox: a unit of work that only marks the event as handled is
    a duplicate if it was. Such a mark is left where it was not, so whoever missed an event now misses it for good.

    Args:
        composition: the contexts.
        stores: for each context, its store.
        accounts: the payment provider's books, by order id.
        answers: what customers were told.
        now: the time, in seconds since the epoch.
    """
    logs = {name: await _log(store) for name, store in stores.items()}
    records: dict[str, Mapping[int, Any]] = {}
    missed: list[Missed] = []
    dead_letters: list[DeadLetter] = []
    for name, wired in composition.wired.items():
        for filing in wired.filings.values():
            records[filing.kind] = await _shelf(stores[name], filing.kind)
        missed += await _missed(wired, stores[name], logs.values())
        dead_letters += await stores[name].dead_letters()
    return Evidence(
        logs=logs,
        records=records,
        accounts=accounts,
        missed=missed,
        unsent={name: len(await store.waiting(_PAGE)) for name, store in stores.items()},
        dead_letters=dead_letters,
        answers=tuple(answers),
        now=now,
        refolded=_refold(composition, logs.values()),
    )


async def _log(store: Store) -> Sequence[Envelope]:
    envelopes: list[Envelope] = []
    position = 0
    while page := await store.log(after=position, limit=_PAGE):
        envelopes += [outgoing.envelope for outgoing in page]
        position = page[-1].position
    return envelopes


async def _shelf(store: Store, kind: str) -> Mapping[int, Any]:
    found: dict[int, Any] = {}
    key = 0
    while page := await store.list(kind, after=key, limit=_PAGE):
        found.update((record.key, record.state) for record in page)
        key = page[-1].key
    return found


async def _missed(wired: Wired, store: Store, logs: Iterable[Sequence[Envelope]]) -> list[Missed]:
    due = [
        Missed(consumer=reaction.consumer, envelope=envelope)
        for log in logs
        for envelope in log
        for reaction in wired.reactions.get(envelope.type, ())
    ]
    missed: list[Missed] = []
    for first in range(0, len(due), _PAGE):
        page = due[first : first + _PAGE]
        units = [Unit(handled=(Handled(one.consumer, one.envelope.id),), at=one.envelope.time) for one in page]
        outcomes = await store.commit(units)
        missed += [one for one, outcome in zip(page, outcomes, strict=True) if outcome is not Outcome.DUPLICATE]
    return missed


def _refold(composition: Composition, logs: Iterable[Sequence[Envelope]]) -> Mapping[str, Mapping[int, Any]]:
    # Message ids are UUIDv7, so sorting by them is sorting by time, over all contexts.
    envelopes = sorted((envelope for log in logs for envelope in log), key=lambda envelope: envelope.id)
    views = [view for context in composition.contexts for view in context.views]
    refolded: dict[str, Mapping[int, Any]] = {}
    for view in views:
        folds = {event.__name__: fold for event, fold in view.projects.items()}
        rows: dict[int, Any] = {}
        for envelope in envelopes:
            fold = folds.get(envelope.type)
            if fold is not None:
                rows[envelope.key] = fold(rows.get(envelope.key), envelope.message, envelope)
        refolded[view.row.__name__] = rows
    return refolded
