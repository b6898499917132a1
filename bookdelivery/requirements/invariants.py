"""What must never be, and what must come in the end: named functions over the evidence of a run.

They are written from the business's words, not from the code they judge: what may follow what is written down here once
more, on purpose, so that a mistake in a lifecycle does not excuse itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from bookdelivery.requirements.evidence import Account, Evidence
from bookdelivery.requirements.verdict import Counterexample

Found = Iterator[tuple[int | None, str]]
"""The order, if it concerns one, and what is wrong, in a sentence."""

Invariant = Callable[[Evidence], Found]

UNPAID = {"awaitingPayment", "declined"}
STANDING = {"placed", "taken", "packed", "shipping"}
CALLED_OFF = {"rejected", "canceled", "expired"}


def _times(evidence: Evidence, order_id: int) -> dict[str, float]:
    """When each kind of event happened first to an order."""
    first: dict[str, float] = {}
    for event in evidence.events.get(order_id, ()):
        first.setdefault(event.type, event.time)
    return first


# --- safety -----------------------------------------------------------------------------------------------------------


def nothing_leaves_the_store_unpaid(evidence: Evidence) -> Found:
    """No order is taken, packed or sent before its payment was approved and its price charged."""
    for order_id in evidence.events:
        times = _times(evidence, order_id)
        for step in ("OrderTaken", "OrderPacked", "DeliveryStarted"):
            if step in times and not times.get("PayApproved", float("inf")) <= times[step]:
                yield order_id, f"{step} without a payment approved before"
                break
            if step in times and not evidence.accounts.get(order_id, Account()).charges:
                yield order_id, f"{step}, but the payment provider never charged anything"
                break


def no_order_is_complete_before_its_payment(evidence: Evidence) -> Found:
    """OrderPlaced is stated, and an order stands, only once its payment is approved; no customer is told otherwise."""
    for order_id in evidence.events:
        times = _times(evidence, order_id)
        if "OrderPlaced" in times and not times.get("PayApproved", float("inf")) <= times["OrderPlaced"]:
            yield order_id, "OrderPlaced without a payment approved before"
    for order_id, order in evidence.of("Order").items():
        if order.status in STANDING | {"delivered"} and not evidence.accounts.get(order_id, Account()).charges:
            yield order_id, f"the order is {order.status}, but the payment provider never charged anything"
    for answer in evidence.answers:
        if answer.complete and not _times(evidence, answer.order_id).get("PayApproved", float("inf")) <= answer.at:
            yield answer.order_id, "the customer was told that the order stands before its payment was approved"


def money_agrees_with_the_end(evidence: Evidence) -> Found:
    """Charges minus refunds is the price where the order stands or is delivered, and 0 where it is called off."""
    for order_id, order in evidence.of("Order").items():
        balance, price = evidence.accounts.get(order_id, Account()).balance, int(order.price)
        wanted = price if order.status in STANDING | {"delivered"} else 0
        if balance != wanted:
            yield order_id, f"the order is {order.status}, but charges minus refunds is {balance} won, not {wanted}"
    for order_id, account in evidence.accounts.items():
        if order_id not in evidence.of("Order") and account.balance:
            yield order_id, f"{account.balance} won were kept for an order that nobody knows"


def money_moves_at_most_once(evidence: Evidence) -> Found:
    """At most one charge and one refund an order."""
    for order_id, account in evidence.accounts.items():
        if len(account.charges) > 1 or len(account.refunds) > 1:
            yield order_id, f"it was charged {len(account.charges)} times and refunded {len(account.refunds)} times"


ONCE = (
    "PayApproved",
    "PayCanceled",
    "OrderPlaced",
    "OrderCanceled",
    "OrderExpired",
    "OrderTaken",
    "OrderPacked",
    "OrderRejected",
    "CancelOrderTaken",
    "DeliveryStarted",
    "DeliveryCompleted",
    "DeliveryCanceled",
)
"""Facts that can be stated of an order once at most; a payment may be declined or put off several times."""


def every_effect_happens_once(evidence: Evidence) -> Found:
    """However often a message comes, its effect is stated once: one approval, one delivery, one refund an order."""
    for order_id, events in evidence.events.items():
        for kind, times in Counter(event.type for event in events).items():
            if times > 1 and kind in ONCE:
                yield order_id, f"{kind} was stated {times} times"


def every_event_reaches_every_subscriber(evidence: Evidence) -> Found:
    """Every committed event is handled by every policy and view that listens to it."""
    for one in evidence.missed:
        yield one.envelope.key, f"{one.envelope.type} of {one.envelope.source} never reached {one.consumer!r}"


MAY_FOLLOW: Mapping[str, Mapping[str, Sequence[str]]] = {
    "order": {
        "": ("PaymentDeferred", "OrderPlaced", "OrderCanceled", "OrderExpired"),
        "PaymentDeferred": ("PaymentDeferred", "OrderPlaced", "OrderCanceled", "OrderExpired"),
        "OrderPlaced": ("OrderCanceled",),
    },
    "payment": {
        "": ("PayApproved", "PayDeclined", "PayCanceled"),
        "PayDeclined": ("PayApproved", "PayDeclined", "PayCanceled"),
        "PayApproved": ("PayCanceled",),
    },
    "ordermanagement": {
        "": ("OrderTaken", "OrderRejected", "CancelOrderTaken"),
        "OrderTaken": ("OrderPacked", "OrderRejected", "CancelOrderTaken"),
        "OrderPacked": ("CancelOrderTaken",),
    },
    "delivery": {
        "": ("DeliveryStarted", "DeliveryCanceled"),
        "DeliveryStarted": ("DeliveryCompleted", "DeliveryCanceled"),
    },
}
"""For each context, which of its facts may be stated of an order after which; nothing follows where nothing is said."""


def only_what_may_follow_follows(evidence: Evidence) -> Found:
    """Each context states its facts about an order in an order that the business knows."""
    for context, follows in MAY_FOLLOW.items():
        last: dict[int, str] = {}
        for event in evidence.logs.get(context, ()):
            before = last.get(event.key, "")
            if event.type not in follows.get(before, ()):
                yield event.key, f"{context} stated {event.type} after {before or 'nothing'}"
            last[event.key] = event.type


def delivered_and_canceled_exclude_each_other(evidence: Evidence) -> Found:
    """A parcel that was handed over is paid for and not cancelled; one that was cancelled is not handed over."""
    for order_id in evidence.events:
        times = _times(evidence, order_id)
        if "DeliveryCompleted" in times:
            for end in ("DeliveryCanceled", "PayCanceled"):
                if end in times:
                    yield order_id, f"both DeliveryCompleted and {end}"
    deliveries = evidence.of("Delivery")
    for order_id, order in evidence.of("Order").items():
        parcel = deliveries.get(order_id)
        handed_over = parcel is not None and parcel.status == "completed"
        if handed_over and order.status in CALLED_OFF | {"canceling"}:
            yield order_id, f"the order is {order.status}, but the parcel was handed over"
        if order.status == "delivered" and not handed_over:
            yield order_id, "the order is delivered, but no parcel was handed over"


def nobody_works_on_what_was_called_off(evidence: Evidence) -> Found:
    """Once it has come round that an order is over, it is on nobody's list and no parcel is on its way."""
    work, deliveries = evidence.of("Ordermgmt"), evidence.of("Delivery")
    for order_id, order in evidence.of("Order").items():
        if order.status in CALLED_OFF | {"canceling"}:
            at_work = work.get(order_id)
            if at_work is not None and at_work.status in {"received", "taken", "packed"}:
                yield order_id, f"the order is {order.status}, but the store still has it as {at_work.status}"
            parcel = deliveries.get(order_id)
            if parcel is not None and parcel.status == "started":
                yield order_id, f"the order is {order.status}, but its parcel is on the way"


# --- views ------------------------------------------------------------------------------------------------------------


def mypage_is_the_fold_of_the_events(evidence: Evidence) -> Found:
    """MyPage's rows are what folding all events anew gives."""
    for kind, rows in evidence.refolded.items():
        stored = evidence.of(kind)
        for order_id in rows.keys() | stored.keys():
            if rows.get(order_id) != stored.get(order_id):
                yield order_id, f"the {kind} kept is not what its events come to"


def mypage_agrees_with_the_order(evidence: Evidence) -> Found:
    """What MyPage shows is where the order stands; where it can still be paid, either word for that will do."""
    rows = evidence.of("MyPageRow")
    for order_id, order in evidence.of("Order").items():
        row = rows.get(order_id)
        shown = None if row is None else row.order_status
        payable = order.status in UNPAID and (shown is None or shown in UNPAID)
        if shown != order.status and not payable:
            yield order_id, f"the order is {order.status}, but MyPage shows {shown or 'nothing'}"


# --- liveness, once everything works again ----------------------------------------------------------------------------


def every_order_ends_or_waits_for_a_person(evidence: Evidence) -> Found:
    """Every order is at its end, or it is the customer's, shopkeeper's or courier's turn."""
    work, deliveries = evidence.of("Ordermgmt"), evidence.of("Delivery")
    for order_id, order in evidence.of("Order").items():
        at_work, parcel = work.get(order_id), deliveries.get(order_id)
        store = None if at_work is None else at_work.status
        courier = None if parcel is None else parcel.status
        if order.status in UNPAID:
            waits = order.pay_until is not None and order.pay_until > evidence.now
        elif order.status in {"placed", "taken"}:
            waits = store == {"placed": "received", "taken": "taken"}[order.status]
        elif order.status == "shipping":
            waits = courier == "started"
        else:
            waits = order.status in CALLED_OFF | {"delivered"}
        if not waits:
            yield (
                order_id,
                f"the order stays {order.status} (store: {store or 'unknown'}, parcel: {courier or 'none'})",
            )


def no_payment_stays_unknown(evidence: Evidence) -> Found:
    """Every charge and refund that was begun has an answer."""
    for order_id, payment in evidence.of("Payment").items():
        if payment.status in {"requested", "refunding"}:
            yield order_id, f"the payment stays {payment.status}"


def outboxes_drain(evidence: Evidence) -> Found:
    """Every committed event was published."""
    for context, unsent in evidence.unsent.items():
        if unsent:
            yield None, f"{unsent} events of {context} were never published"


def nothing_is_dead_lettered(evidence: Evidence) -> Found:
    """No message was given up."""
    for letter in evidence.dead_letters:
        order_id, kind = (letter.envelope.key, letter.envelope.type) if letter.envelope else (None, "a message")
        yield order_id, f"{letter.consumer!r} gave up on {kind} after {letter.attempts} attempts: {letter.error}"


SAFETY: tuple[Invariant, ...] = (
    no_order_is_complete_before_its_payment,
    nothing_leaves_the_store_unpaid,
    money_moves_at_most_once,
    every_effect_happens_once,
    only_what_may_follow_follows,
    delivered_and_canceled_exclude_each_other,
)
"""Hold at any moment."""

LIVENESS: tuple[Invariant, ...] = (
    every_event_reaches_every_subscriber,
    money_agrees_with_the_end,
    nobody_works_on_what_was_called_off,
    every_order_ends_or_waits_for_a_person,
    no_payment_stays_unknown,
    outboxes_drain,
    nothing_is_dead_lettered,
    mypage_is_the_fold_of_the_events,
    mypage_agrees_with_the_order,
)
"""Hold once faults are over and nothing is left to do."""

INVARIANTS = SAFETY + LIVENESS


def check(evidence: Evidence, invariants: Sequence[Invariant] = INVARIANTS, run: str = "") -> list[Counterexample]:
    """List counterexamples, at most a few of each invariant, each with what happened to its order.

    Args:
        evidence: of one run.
        invariants: what to check.
        run: the run's name, to find it again.
    """
    found: list[Counterexample] = []
    for invariant in invariants:
        for order_id, why in islice(invariant(evidence), _FEW):
            trail = () if order_id is None else evidence.trail(order_id)
            name = invariant.__name__
            found.append(Counterexample(invariant=name, why=why, order_id=order_id, trail=trail, run=run))
    return found


_FEW = 3
