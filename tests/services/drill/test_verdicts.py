"""What a drill may not find, is found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.kernel.messages import Envelope
from bookdelivery.requirements.evidence import Account, gather
from bookdelivery.requirements.verdict import Status
from bookdelivery.services.drill.entrance import Asked
from bookdelivery.services.drill.judging import Remains
from bookdelivery.services.drill.verdicts import KEPT, N1, N2, N3, REPLICA, ROLLING, Seen, count, judge
from tests.services.shopping import buy_a_book


def asked(kind: str, outcome: str) -> Asked:
    return Asked(kind=kind, order_id=1, began_s=1.0, took_s=0.1, outcome=outcome, status=None, at=time.time())


@pytest.fixture(scope="module")
def clean() -> Seen:
    """Give what is left where nothing went wrong: one order on its way."""

    async def body() -> Seen:
        provider = EmbeddedPaymentProvider()
        async with Bookstore.open(provider=provider) as shop:
            order_id = await buy_a_book(shop)
            books = await provider.ledger.accounts()
            evidence = await gather(
                shop.composition,
                {name: service.store for name, service in shop.services.items()},
                accounts={int(key): Account(charges=(one.balance.amount,)) for key, one in books.items()},
                now=time.time(),
            )
        published = frozenset(envelope.id for log in evidence.logs.values() for envelope in log)
        remains = Remains(evidence=evidence, published=published, shown={order_id: "shipping"}, is_at_rest=True)
        return Seen(remains=remains, asked=[asked("place", "placed")], unfinished=0)

    return asyncio.run(body())


def broken(seen: Seen) -> set[str]:
    judgement = judge(seen, (KEPT, N1, N2), seed=1, told="")
    return {
        finding.criterion.name
        for verdict in judgement.verdicts
        for finding in verdict.findings
        if finding.status is not Status.MET
    }


def leaving(seen: Seen, **changes: Any) -> Seen:
    return attrs.evolve(seen, remains=attrs.evolve(seen.remains, **changes))


def stated_again(seen: Seen, kind: str) -> Sequence[Envelope]:
    return [one for log in seen.remains.evidence.logs.values() for one in log if one.type == kind]


def test_a_drill_in_which_nothing_goes_wrong_meets_everything(clean: Seen) -> None:
    assert broken(clean) == set()
    assert count(clean)["acknowledged orders"] == 1
    assert [number for name, number in count(clean).items() if "lost" in name or "doubled" in name] == [0, 0, 0]


def test_an_order_that_a_customer_was_told_of_must_be_there(clean: Seen) -> None:
    (order_id,) = clean.remains.shown
    assert broken(leaving(clean, shown={order_id: None})) == {"acknowledged"}
    assert broken(leaving(clean, shown={order_id: "awaitingPayment"})) == {"acknowledged"}
    assert broken(leaving(clean, shown={order_id + 1: "placed"})) == {"acknowledged"}


def test_a_committed_event_that_is_not_on_the_topic_is_lost(clean: Seen) -> None:
    published = sorted(clean.remains.published)
    lost = leaving(clean, published=frozenset(published[1:]))
    assert broken(lost) == {"events"}
    assert count(lost)["events lost"] == 1


def test_services_that_never_come_to_rest_are_told(clean: Seen) -> None:
    assert broken(leaving(clean, is_at_rest=False)) == {"events"}
    assert broken(attrs.evolve(clean, unfinished=1)) == {"events"}


def test_a_second_charge_or_a_fact_stated_twice_is_doubled(clean: Seen) -> None:
    evidence = clean.remains.evidence
    (order_id,) = evidence.accounts
    charged = attrs.evolve(evidence, accounts={order_id: Account(charges=(25_000, 25_000))})
    assert "doubled" in broken(leaving(clean, evidence=charged))
    logs = {**evidence.logs, "delivery": [*evidence.logs["delivery"], *stated_again(clean, "DeliveryStarted")]}
    assert "doubled" in broken(leaving(clean, evidence=attrs.evolve(evidence, logs=logs)))


@pytest.mark.parametrize("outcome", ["failed", "timed out", "refused"])
def test_an_order_that_was_not_accepted_is_told(clean: Seen, outcome: str) -> None:
    assert broken(attrs.evolve(clean, asked=[asked("place", outcome)])) == {"accepted"}


def test_a_request_that_failed_is_a_failure_of_a_rolling_restart(clean: Seen) -> None:
    def status(*outcomes: str) -> Status:
        seen = attrs.evolve(clean, asked=[asked("take", outcome) for outcome in outcomes])
        return judge(seen, (ROLLING,), seed=1, told="").status

    assert status("answered", "refused") is Status.MET
    assert status("answered", "failed") is Status.VIOLATED
    assert status() is Status.UNDECIDED


def test_an_overload_that_holds_nobody_off_shows_nothing(clean: Seen) -> None:
    assert judge(clean, (N3,), seed=1, told="").status is Status.VIOLATED
    held_off = attrs.evolve(clean, asked=[asked("place", "deferred")])
    assert judge(held_off, (N3,), seed=1, told="").status is Status.VIOLATED, "by no circuit breaker"
    opened = attrs.evolve(held_off, opened=frozenset({"order.Pay"}))
    assert judge(opened, (N3,), seed=1, told="").status is Status.MET
    stays = attrs.evolve(opened, open_still=frozenset({"order.Pay"}))
    assert judge(stays, (N3,), seed=1, told="").status is Status.VIOLATED


@pytest.mark.parametrize(
    ("fetched", "status"),
    [
        ({"delivery": (9, 9), "delivery-2": (0, 12)}, Status.MET),
        ({"delivery": (9, 9), "delivery-2": (3, 12)}, Status.VIOLATED),
        ({"delivery": (9, 20), "delivery-2": (0, 0)}, Status.VIOLATED),
        ({"delivery": (0, 20), "delivery-2": (0, 0)}, Status.UNDECIDED),
        ({"delivery": (9, 20)}, Status.UNDECIDED),
    ],
)
def test_a_second_consumer_gets_nothing_before_and_something_after(
    clean: Seen, fetched: dict[str, tuple[int, int]], status: Status
) -> None:
    assert judge(attrs.evolve(clean, fetched=fetched), (REPLICA,), seed=1, told="").status is status
