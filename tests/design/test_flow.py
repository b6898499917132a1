"""The causal tree of a command tells everything it leads to, once."""

from itertools import pairwise

import pytest

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, Edge, EdgeKind, Node, NodeKind, UnknownElement
from bookdelivery.design.flow import flow
from tests.design.specimens import IN_CIRCLES

MODEL = DesignModel.of(BOOKSTORE)

CANCELED = """\
command CancelPay [payment]
└─ states event PayCanceled [payment]
   ├─ sets off policy show it settled [order]
   │  └─ issues command FollowOrder [order]
   └─ is shown in view mypage [mypage]
"""


def test_the_tree_is_drawn_with_lines() -> None:
    assert flow(MODEL, "CancelPay").to_text() == CANCELED


def test_the_tree_is_drawn_in_korean() -> None:
    drawn = flow(MODEL, "CancelPay").to_text("ko").splitlines()
    assert drawn[0] == "커맨드 결제 취소 [결제]"
    assert drawn[1] == "└─ 발행 이벤트 결제 취소됨 [결제]"


def test_an_order_leads_through_every_context_to_the_customers_door() -> None:
    journey = flow(MODEL, "PlaceOrder")
    assert {journey.model.node(id).context for id in journey.nodes} >= {context.name for context in BOOKSTORE}
    assert "event:DeliveryCompleted" in journey.nodes


def test_without_people_it_ends_where_a_person_has_to_act() -> None:
    alone = flow(MODEL, "PlaceOrder", people=False)
    assert "command:TakeOrderInfo" in alone.nodes
    assert "command:TakeOrder" not in alone.nodes


def test_what_is_waited_for_says_how_long_and_what_happens_without_an_answer() -> None:
    first = flow(MODEL, "PlaceOrder").to_text().splitlines()[1]
    assert first.startswith("├─ waits for command Pay [payment] up to 2 s, else the order waits for its payment")
    table = flow(MODEL, "PlaceOrder").to_pandas()
    assert set(table.loc[table["waits"], "effect"]) == {"Pay", "payment provider", "catalog"}
    assert (table.loc[table["effect"] == "Pay", "fallback"] != "").all()


def test_every_edge_is_told_and_nothing_is_told_twice() -> None:
    whole = flow(MODEL, "PlaceOrder")
    told = [step.node.id for _, step in whole.root if step.leads_to]
    assert len(told) == len(set(told))
    assert [step.node.name for _, step in whole.root if step.told_before] == ["OrderPlaced"]
    reached = set(whole.nodes)
    causal = set(whole.edges)
    for edge in MODEL.edges():
        if edge.source in reached and edge.kind in (EdgeKind.EMITS, EdgeKind.TRIGGERS, EdgeKind.PROJECTS):
            assert edge in causal or MODEL.node(edge.source).kind == "aggregate"


def test_a_circle_ends() -> None:
    assert "(see above)" in flow(DesignModel.of(IN_CIRCLES), "Ask").to_text()


def test_a_flow_begins_at_something_that_is_known() -> None:
    with pytest.raises(UnknownElement, match="CancelPay"):
        flow(MODEL, "CancelPya")


def test_a_flow_may_be_deeper_than_pythons_stack() -> None:
    nodes = [
        Node(id=f"{kind}:{number}", kind=kind, name=f"{kind}{number}", context="deep", facts={"deadline": False})
        for number in range(1000)
        for kind in (NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY)
    ]
    home = Node(id="context:deep", kind=NodeKind.CONTEXT, name="deep", context="deep")
    kinds = (EdgeKind.EMITS, EdgeKind.TRIGGERS, EdgeKind.ISSUES)
    edges = [
        Edge(source=one.id, target=other.id, kind=kinds[place % 3])
        for place, (one, other) in enumerate(pairwise(nodes))
    ]
    deep = flow(DesignModel.built("deep", [home, *nodes], edges), "command:0")
    assert len(deep.nodes) == 3000
    assert deep.to_text().count("\n") == len(deep.to_pandas()) + 1 == 3000
