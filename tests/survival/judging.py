"""Whether everything survived: told from outside, once the last process is dead and the file is opened again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import attrs

from bookdelivery import BOOKSTORE_SYSTEM, Bookstore
from bookdelivery.adapters.clients.ledger import Account as Booked
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.kernel.errors import NotAnswered
from bookdelivery.kernel.wire import Codec
from bookdelivery.requirements.evidence import Account, Evidence, gather
from bookdelivery.requirements.evidence import Answer as Told
from bookdelivery.requirements.invariants import INVARIANTS, STANDING
from bookdelivery.services.brokers import open_broker
from bookdelivery.services.stores import SqliteFiles
from tests.survival.child import SETTINGS, AheadClock
from tests.survival.drill import Drill
from tests.survival.specimens import SPECIMENS
from tests.survival.stories import PLOTS, tell
from tests.survival.witness import Known, Witness

STATES = {
    "take": "OrderTaken",
    "pack": "OrderPacked",
    "complete": "DeliveryCompleted",
    "cancel": "OrderCanceled",
    "reject": "OrderRejected",
}
"""The fact that each command states."""

LOST = "lost"
DOUBLED = "doubled"
WRONG = "wrong"


@attrs.frozen
class Finding:
    """Something that should not be.

    Attributes:
        sort: `LOST`, `DOUBLED` or `WRONG`.
        what: a sentence.
    """

    sort: str
    what: str


@attrs.frozen(kw_only=True)
class Judgement:
    """What became of a drill.

    Attributes:
        kills: how many processes were killed.
        acknowledged_orders: orders that somebody was told of.
        acknowledged_commands: all commands that were answered and not refused.
        unanswered: commands whose answer died with the process.
        events: events committed.
        repeated: messages that were published more than once, which a kill may cause and nobody may notice.
        findings: what should not be.
    """

    kills: int
    acknowledged_orders: int
    acknowledged_commands: int
    unanswered: int
    events: int
    repeated: int
    findings: Sequence[Finding]

    def count(self, sort: str) -> int:
        """Count the findings of a sort."""
        return sum(finding.sort == sort for finding in self.findings)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; acknowledged: {self.acknowledged_orders} orders, {self.acknowledged_commands}"
            f" commands ({self.unanswered} died unanswered); {self.events} events, {self.repeated} published again;"
            f" lost {self.count(LOST)}, doubled {self.count(DOUBLED)}, otherwise wrong {self.count(WRONG)}"
        )


def judge(drill: Drill, patience_s: float = 120.0) -> Judgement:
    """Open the file once more, finish what was begun, let all deadlines pass, and look.

    Args:
        drill: which is over.
        patience_s: seconds after which a story that does not go on, or a shop that does not come to rest, is given up.
    """
    findings: list[Finding] = list(_damages(drill.file))
    evidence = asyncio.run(_come_to_rest(drill, findings, patience_s))
    findings += _against_invariants(evidence)
    findings += _orders_against_witness(evidence, drill.witness)
    for known in drill.witness.stories.values():
        findings += _answers_kept(evidence, known)
    published = Counter(asyncio.run(_published(drill)))
    logged = {envelope.id for log in evidence.logs.values() for envelope in log}
    findings += [Finding(LOST, f"event {id} was committed and is not on the topic") for id in logged - published.keys()]
    stories = drill.witness.stories.values()
    answers = [answer for known in stories for _, _, answer in known.answers]
    return Judgement(
        kills=drill.kills.total(),
        acknowledged_orders=sum(bool(known.answers) for known in stories),
        acknowledged_commands=sum(answer.refused is None for answer in answers),
        unanswered=sum(known.asked.total() for known in stories) - len(answers),
        events=len(logged),
        repeated=sum(times - 1 for times in published.values()),
        findings=findings,
    )


async def _come_to_rest(drill: Drill, findings: list[Finding], patience_s: float) -> Evidence:
    clock = AheadClock(drill.ahead_s)
    specimen = SPECIMENS[drill.specimen]
    books = EmbeddedPaymentProvider(Path(f"{drill.file}-provider"))
    shop = Bookstore.open(
        f"sqlite:///{drill.file}",
        broker_url=drill.broker_url,
        system=specimen.around(BOOKSTORE_SYSTEM),
        provider=specimen.provider(books, "judge"),
        settings=SETTINGS,
        clock=clock,
    )
    async with shop:
        try:
            async with asyncio.timeout(patience_s):
                rest = drill.witness.unfinished()
                await asyncio.gather(*(tell(shop, story, drill.witness, clock.now) for story in rest))
        except TimeoutError:
            findings.append(Finding(LOST, "stories that were begun cannot be finished: an order is not where it was"))
        for _ in range(3):
            clock.ahead_s += 4000
            await asyncio.sleep(2 * SETTINGS.poll_s)
            try:
                await shop.settle(patience_s)
            except NotAnswered as error:
                findings.append(Finding(WRONG, f"it does not come to rest: {error}"))
        evidence = await gather(
            shop.composition,
            {name: service.store for name, service in shop.services.items()},
            accounts=by_order(await books.ledger.accounts()),
            answers=[
                Told(order_id=answer.order_id, complete=answer.complete, at=answer.at)
                for known in drill.witness.stories.values()
                for _, verb, answer in known.answers
                if verb == "place" and not answer.refused
            ],
            now=clock.now(),
        )
    await books.close()
    return evidence


def by_order(booked: Mapping[str, Booked]) -> Mapping[int, Account]:
    """Sort a payment provider's books by order."""
    charges: dict[int, list[int]] = defaultdict(list)
    refunds: dict[int, list[int]] = defaultdict(list)
    for key, account in booked.items():
        # Where a key names more than the order, the order comes first.
        order_id = int(key.partition("/")[0])
        charges[order_id] += [account.charged.amount] if account.charged else []
        refunds[order_id] += [account.refunded.amount] if account.refunded else []
    return {
        order_id: Account(charges=tuple(charges[order_id]), refunds=tuple(refunds[order_id])) for order_id in charges
    }


def _damages(file: Path) -> Iterator[Finding]:
    """Have SQLite check the files page by page."""
    for path in (file, Path(f"{file}-provider")):
        with closing(sqlite3.connect(path)) as connection:
            (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            yield Finding(WRONG, f"{path.name} is damaged: {answer}")


async def _published(drill: Drill) -> Sequence[str]:
    """Read the ids of all messages on the topic: in a file past the broker, elsewhere as one more group."""
    if drill.broker_url is None:
        with closing(sqlite3.connect(drill.file)) as connection:
            return [id for (id,) in connection.execute("SELECT json_extract(headers, '$.ce_id') FROM topic_messages")]
    found: list[str] = []
    broker = open_broker(drill.broker_url, Codec([]), SqliteFiles())
    try:
        member = await broker.subscribe("judge")
        while await broker.lag("judge"):
            deliveries = await member.fetch()
            found += [delivery.content.id for delivery in deliveries]
            await member.acknowledge(deliveries)
    finally:
        await broker.close()
    return found


_SORTS = {
    "every_event_reaches_every_subscriber": LOST,
    "outboxes_drain": LOST,
    "nothing_is_dead_lettered": LOST,
    "every_order_ends_or_waits_for_a_person": LOST,
    "no_payment_stays_unknown": LOST,
    "money_moves_at_most_once": DOUBLED,
    "every_effect_happens_once": DOUBLED,
}


def _against_invariants(evidence: Evidence) -> Iterator[Finding]:
    for invariant in INVARIANTS:
        for order_id, why in invariant(evidence):
            trail = "" if order_id is None else "".join(f"\n    {line}" for line in evidence.trail(order_id))
            yield Finding(
                _SORTS.get(invariant.__name__, WRONG), f"{invariant.__name__}: order {order_id}: {why}{trail}"
            )


def _orders_against_witness(evidence: Evidence, witness: Witness) -> Iterator[Finding]:
    """Every order there is was asked for, and none is there twice."""
    tokens = Counter(order.purchase.item_name for order in evidence.of("Order").values())
    for token, times in tokens.items():
        if token not in witness.stories:
            yield Finding(WRONG, f"there is an order {token!r} that nobody placed")
        elif times > 1:
            yield Finding(DOUBLED, f"{token!r} was ordered once, and {times} orders came of it")
    for order_id, events in evidence.events.items():
        kinds = {event.type for event in events}
        for cause, kind in (("PayApproved", "Ordermgmt"), ("OrderPacked", "Delivery"), ("OrderPlaced", "MyPageRow")):
            if cause in kinds and order_id not in evidence.of(kind):
                yield Finding(LOST, f"{cause} of order {order_id} led to no {kind}")


def _answers_kept(evidence: Evidence, known: Known) -> Iterator[Finding]:
    """Whatever was acknowledged is there, and in the state that its acknowledgement speaks of."""
    token = known.story.token
    for step, verb, answer in known.answers:
        said = f"{token}: {verb} was acknowledged for order {answer.order_id}"
        order = evidence.of("Order").get(answer.order_id)
        if answer.refused:
            contested = len(PLOTS[known.story.plot][step]) > 1
            if not contested and known.asked[step, verb] == 1:
                yield Finding(WRONG, f"{token}: the only {verb} was refused: {answer.refused}")
        elif order is None or order.purchase.item_name != token:
            yield Finding(LOST, f"{said}, which is not there")
        else:
            stated = {event.type for event in evidence.events.get(answer.order_id, ())}
            fact = STATES.get(verb, "OrderPlaced" if answer.complete else None)
            if fact is not None and fact not in stated:
                yield Finding(
                    LOST, f"{token}: {verb} was acknowledged for order {answer.order_id}, but no {fact} stated"
                )
            if (end := _ends_allowed(known, verb, answer.complete)) and order.status not in end:
                yield Finding(LOST, f"{said}, which is {order.status}")


def _ends_allowed(known: Known, verb: str, complete: bool) -> set[str]:
    """Where an order may be in the end, of which a command was acknowledged; empty where that tells nothing."""
    if verb == "complete":
        return {"delivered"}
    if verb == "cancel":
        return {"canceled", "delivered"}
    if verb == "reject":
        return {"rejected"}
    if verb == "place" and complete and not known.asked_for("cancel", "reject"):
        return STANDING | {"delivered"}
    return set()
