"""Two designs are compared in words: what came, what went, what changed, and whom it concerns."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE, DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.payment.aggregate import Payment
from bookdelivery.design import DesignModel, Edge, EdgeKind, Node, NodeKind
from bookdelivery.design.diff import Difference, How, diff, to_pandas
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.lifecycle import to

MODEL = DesignModel.of(BOOKSTORE)


def changed(context: Context, **parts: Any) -> DesignModel:
    return DesignModel.of(attrs.evolve(one, **parts) if one is context else one for one in BOOKSTORE)


def told(new: DesignModel, old: DesignModel = MODEL) -> list[str]:
    return [str(one) for one in diff(old, new)]


def test_the_same_design_does_not_differ() -> None:
    assert diff(MODEL, DesignModel.from_json(DesignModel.of(BOOKSTORE).to_json())) == []


def test_a_policy_that_came_or_went_is_told() -> None:
    less = changed(DELIVERY, policies=DELIVERY.policies[:1])
    assert told(less) == ["  removed: policy stop the delivery of delivery"]
    assert told(MODEL, less) == ["  added: policy stop the delivery of delivery"]


def test_an_event_that_others_react_to_breaks_them_when_it_goes() -> None:
    without = DesignModel.of((ORDER, PAYMENT, ORDERMANAGEMENT, MYPAGE))
    events = [one for one in diff(MODEL, without) if one.what == "event:DeliveryStarted"]
    # The others still mention it, so it is there, but belongs to nobody.
    assert [str(one) for one in events] == ["  changed: event DeliveryStarted: context was delivery, is nothing"]
    assert "  removed: context delivery" in told(without)
    assert "  added: context delivery" in told(MODEL, without)


def test_a_call_whose_terms_changed_is_told_with_both() -> None:
    call = attrs.evolve(ORDER.calls[0], timeout_s=5.0)
    assert told(changed(ORDER, calls=(call,))) == [
        f"  changed: command {name} of order waits for command Pay of payment: timeout s was 2.0, is 5.0 "
        "(affects order, payment)"
        for name in ("PayOrder", "PlaceOrder")
    ]


def test_a_goal_that_changed_is_told_with_both() -> None:
    assert told(changed(DELIVERY, uptime_goal=0.9, team="couriers")) == [
        "  changed: context delivery: team was delivery, is couriers",
        "  changed: context delivery: uptime goal was 0.6, is 0.9",
    ]


def test_a_transition_that_came_is_told() -> None:
    lifecycle = attrs.evolve(
        Payment.lifecycle, transitions=[*Payment.lifecycle.transitions, to("requested", "again", "canceled")]
    )
    again = type("Payment", (Payment,), {"lifecycle": lifecycle})
    handlers = tuple(attrs.evolve(handler, on=again) for handler in PAYMENT.handlers)
    new = changed(PAYMENT, aggregates=(again,), handlers=handlers, wake_ups=())
    assert "  added: aggregate Payment of payment: the transition again: canceled -> requested" in told(new)


# --- fields -----------------------------------------------------------------------------------------------------------


def speaking(kind: NodeKind, properties: dict[str, Any], required: Sequence[str]) -> DesignModel:
    """A context that speaks, and one that has to do with it."""
    name = "Told" if kind is NodeKind.EVENT else "Tell"
    schema = {"type": "object", "properties": properties, "required": list(required)}
    message = Node(id=f"{kind}:{name}", kind=kind, name=name, context="speaker", schema=schema)
    other = Node(id="policy:listener.listen", kind=NodeKind.POLICY, name="listen", context="listener")
    contexts = [
        Node(id=f"context:{one}", kind=NodeKind.CONTEXT, name=one, context=one) for one in ("speaker", "listener")
    ]
    edge = Edge(source=message.id, target=other.id, kind=EdgeKind.TRIGGERS)
    if kind is NodeKind.COMMAND:
        edge = Edge(source=other.id, target=message.id, kind=EdgeKind.ISSUES)
    return DesignModel.built("speech", [*contexts, message, other], [edge])


A, B = {"a": {"type": "integer"}}, {"a": {"type": "string"}}
BOTH = {**A, "b": {"type": "integer"}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "words", "breaking"),
    [
        (NodeKind.EVENT, (BOTH, "ab"), (A, "a"), "the field b is gone", True),
        (NodeKind.EVENT, (BOTH, "a"), (A, "a"), "the field b is gone", False),
        (NodeKind.EVENT, (A, "a"), (BOTH, "ab"), "a field b that is required", False),
        (NodeKind.EVENT, (A, "a"), (B, "a"), "was {'type': 'integer'}, is {'type': 'string'}", True),
        (NodeKind.EVENT, (A, "a"), (A, ""), "the field a is required no more", True),
        (NodeKind.EVENT, (A, ""), (A, "a"), "the field a is required now", False),
        (NodeKind.COMMAND, (BOTH, "ab"), (A, "a"), "the field b is gone", False),
        (NodeKind.COMMAND, (A, "a"), (BOTH, "ab"), "a field b that is required", True),
        (NodeKind.COMMAND, (A, "a"), (BOTH, "a"), "a field b", False),
        (NodeKind.COMMAND, (A, ""), (A, "a"), "the field a is required now", True),
        (NodeKind.COMMAND, (A, "a"), (A, ""), "the field a is required no more", False),
    ],
)
def test_a_field_breaks_those_who_counted_on_it(
    kind: NodeKind, before: Any, after: Any, words: str, breaking: bool
) -> None:
    (one,) = diff(speaking(kind, *before), speaking(kind, *after))
    assert one.words.endswith(words)
    assert one.breaking is breaking
    assert one.affected == ("listener",)


def test_an_event_that_goes_breaks_whoever_stays_and_reacted_to_it() -> None:
    old = speaking(NodeKind.EVENT, A, "a")
    rest = [node for node in old.nodes() if node.kind is not NodeKind.EVENT]
    (one,) = diff(old, DesignModel.built("speech", rest, []))
    assert one == Difference(
        how=How.REMOVED, what="event:Told", words="event Told of speaker", affected=("listener",), breaking=True
    )
    assert str(one) == "! removed: event Told of speaker (affects listener)"
    listener_went_too = DesignModel.built("speech", [node for node in rest if node.context == "speaker"], [])
    assert not any(one.breaking for one in diff(old, listener_went_too))


def test_what_breaks_comes_first_and_the_table_says_the_same() -> None:
    old = speaking(NodeKind.EVENT, BOTH, "ab")
    new = speaking(NodeKind.EVENT, {**A, "c": {}}, "a")
    found = diff(old, new)
    assert [one.breaking for one in found] == [True, False]
    assert to_pandas(found)["breaking"].tolist() == [True, False]


def test_where_and_how_something_is_explained_makes_no_difference() -> None:
    node = Node(id="event:A", kind=NodeKind.EVENT, name="A", doc="One.", file="a.py", line=1)
    moved = attrs.evolve(node, doc="Another.", file="b.py", line=2)
    assert diff(*(DesignModel.built("x", [one], []) for one in (node, moved))) == []
