"""A requirement's tick is told by the model: it goes when what covers it goes."""

from collections.abc import Sequence

import attrs
import pytest

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.mypage.context import MYPAGE
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.ordermanagement.context import ORDERMANAGEMENT
from bookdelivery.contexts.payment.context import PAYMENT
from bookdelivery.design import DesignModel
from bookdelivery.design.coverage import Coverage, FallsBack, Leads, coverage
from bookdelivery.design.traces import BOOKSTORE_TRACES
from bookdelivery.kernel.context import Context, Performs
from bookdelivery.requirements.catalogue import FUNCTIONAL, NONFUNCTIONAL

REQUIREMENTS = FUNCTIONAL + NONFUNCTIONAL


def covered(*contexts: Context) -> dict[str, Coverage]:
    found = coverage(DesignModel.of(contexts), REQUIREMENTS, BOOKSTORE_TRACES)
    return {one.requirement.id: one for one in found}


def without_policy(context: Context, name: str) -> Context:
    kept = tuple(policy for policy in context.policies if policy.name != name)
    assert len(kept) == len(context.policies) - 1
    return attrs.evolve(context, policies=kept)


def test_the_bookstore_covers_every_requirement() -> None:
    found = covered(ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)
    assert list(found) == [requirement.id for requirement in REQUIREMENTS]
    assert {id: one.missing for id, one in found.items() if not one.covered} == {}


def _policies_gone() -> Sequence[tuple[str, Context, str]]:
    return (
        ("F3", ORDERMANAGEMENT, "take the order's info"),
        ("F5", DELIVERY, "start the delivery"),
        ("F7", PAYMENT, "refund unless packed"),
        ("F7", DELIVERY, "stop the delivery"),
        ("F7", ORDERMANAGEMENT, "stop a canceled order"),
    )


@pytest.mark.parametrize(("requirement", "context", "policy"), _policies_gone())
def test_a_requirement_is_open_again_once_its_policy_is_gone(requirement: str, context: Context, policy: str) -> None:
    everybody: tuple[Context, ...] = (ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)
    if policy == "refund unless packed":
        # A stopped delivery leads to a refund as well.
        everybody = tuple(
            without_policy(one, "refund stopped delivery") if one is PAYMENT else one for one in everybody
        )
        context = next(one for one in everybody if one.name == context.name)
    contexts = (without_policy(one, policy) if one is context else one for one in everybody)
    found = covered(*contexts)
    assert not found[requirement].covered
    assert found["F1"].covered


def test_an_order_that_stands_without_a_payment_is_told() -> None:
    handlers = tuple(
        attrs.evolve(one, calls=()) if isinstance(one, Performs) and one.command.__name__ == "PlaceOrder" else one
        for one in ORDER.handlers
    )
    careless = attrs.evolve(ORDER, handlers=handlers)
    found = covered(careless, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)["N1"]
    assert not found.covered
    assert "PlaceOrder states OrderPlaced without PayApproved" in found.missing


def test_a_call_without_a_fallback_is_told() -> None:
    careless = attrs.evolve(ORDER, calls=())
    found = covered(careless, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)["N3"]
    assert "PlaceOrder has no fallback for Pay" in found.missing


def test_a_view_that_leaves_an_event_out_is_told() -> None:
    view = MYPAGE.views[0]
    fewer = {event: fold for event, fold in view.projects.items() if event.__name__ != "OrderPacked"}
    forgetful = attrs.evolve(MYPAGE, views=(attrs.evolve(view, projects=fewer),))
    found = covered(ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, forgetful)["F9"]
    assert found.missing == ("mypage does not show OrderPacked",)


def test_what_a_claim_is_about_may_be_gone() -> None:
    found = covered(ORDER, PAYMENT, ORDERMANAGEMENT, MYPAGE)["F5"]
    assert not found.covered
    assert "DeliveryStarted" in found.missing[0]


def test_a_requirement_that_nobody_traced_is_not_covered() -> None:
    model = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE])
    (found,) = coverage(model, REQUIREMENTS[:1], {})
    assert not found.covered
    assert found.missing == ("nobody has said what covers it",)


def test_a_way_over_a_call_is_no_way_without_waiting() -> None:
    model = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE])
    assert Leads("PlaceOrder", "PayApproved").check(model).holds
    assert Leads("PlaceOrder", "PayApproved", waits=True).check(model).holds
    assert not Leads("PlaceOrder", "PayApproved", waits=False).check(model).holds
    assert not Leads("OrderPacked", "DeliveryStarted", waits=True).check(model).holds


def test_a_way_is_told_step_by_step() -> None:
    model = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE])
    assert Leads("OrderPacked", "DeliveryStarted").check(model).nodes == (
        "event:OrderPacked",
        "policy:delivery.start the delivery",
        "command:StartDelivery",
        "event:DeliveryStarted",
    )


def test_a_call_that_does_not_exist_has_no_fallback() -> None:
    model = DesignModel.of([ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE])
    assert not FallsBack("CancelOrder", "Pay").check(model).holds
