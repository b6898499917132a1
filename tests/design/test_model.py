"""The model says what is declared, whole and only once, and survives a journey through a file."""

import io
from typing import Any

import attrs
import networkx as nx
import pytest

from bookdelivery.application.composition import compose
from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE, DELIVERY, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.design import DesignModel, Edge, EdgeKind, Node, NodeKind, UnknownElement, UnreadableModel
from bookdelivery.kernel.context import Context
from tests.application.toy import COUNTER, tally

MODEL = DesignModel.of(BOOKSTORE)
K, E = NodeKind, EdgeKind


def joined(kind: EdgeKind, *, to: str = "", start: str = "") -> set[str]:
    return {
        edge.source if to else edge.target
        for edge in MODEL.edges(kind)
        if (not to or edge.target == to) and (not start or edge.source == start)
    }


def test_every_declaration_is_a_node_and_nothing_else_is() -> None:
    assert [node.name for node in MODEL.contexts()] == [context.name for context in BOOKSTORE]
    for kind, declared in (
        (K.COMMAND, [command.__name__ for context in BOOKSTORE for command in context.commands]),
        (K.EVENT, [event.__name__ for context in BOOKSTORE for event in context.events]),
        (K.AGGREGATE, [aggregate.__name__ for context in BOOKSTORE for aggregate in context.aggregates]),
        (K.VIEW, [view.name for context in BOOKSTORE for view in context.views]),
        (K.EXTERNAL, [system.name for context in BOOKSTORE for system in context.external_systems]),
    ):
        assert sorted(node.name for node in MODEL.nodes(kind)) == sorted(declared)
    policies = [policy.name for context in BOOKSTORE for policy in context.policies]
    assert [node.name for node in MODEL.nodes(K.POLICY) if not node.facts["deadline"]] == policies
    assert {node.name for node in MODEL.nodes(K.ACTOR)} == {"customer", "shopkeeper", "courier"}


def test_edges_follow_who_really_publishes_what() -> None:
    assert joined(E.EMITS, to="event:OrderPlaced") == {
        "command:PlaceOrder",
        "command:PayOrder",
        "command:CompleteOrder",
    }
    assert joined(E.TRIGGERS, start="event:PayApproved") == {
        "policy:order.complete the order",
        "policy:ordermanagement.take the order's info",
    }
    assert joined(E.CALLS, start="command:PlaceOrder") == {"command:Pay", "external:catalog"}
    assert joined(E.CALLS, to="external:payment provider") == {"command:Pay", "command:SettlePayment"}
    assert joined(E.PROMPTS, start="event:OrderTaken") == {"command:PackOrder"}
    assert joined(E.ISSUES, to="command:ExpireOrder") == {"policy:order.when Order.payUntil has come"}
    assert joined(E.SUBSCRIBES) == {node.id for node in MODEL.contexts()}
    assert "context:mypage" not in {edge.source for edge in MODEL.edges(E.PUBLISHES)}


def test_a_call_carries_its_time_limit_and_what_happens_without_an_answer() -> None:
    call = next(edge for edge in MODEL.outgoing("command:PlaceOrder", E.CALLS) if edge.target == "command:Pay")
    still = ["event:PaymentDeferred"]
    assert call.facts == {"timeout_s": 2.0, "fallback": ORDER.calls[0].fallback, "still_emits": still}


@pytest.mark.parametrize("node", [n for n in MODEL.nodes() if n.kind in (K.COMMAND, K.EVENT, K.AGGREGATE, K.VIEW)])
def test_each_message_aggregate_and_view_knows_its_source_docstring_korean_name_and_schema(node: Node) -> None:
    assert node.file.startswith("bookdelivery/contexts/")
    assert node.line > 0
    assert node.summary.endswith((".", ":"))
    assert node.korean
    assert node.schema is not None
    assert node.schema["properties"]


def test_the_source_of_a_node_is_where_its_definition_begins(pytestconfig: pytest.Config) -> None:
    for node in MODEL.nodes():
        if node.file.startswith("bookdelivery/") and node.kind in (
            K.COMMAND,
            K.EVENT,
            K.AGGREGATE,
            K.CONTEXT,
            K.POLICY,
        ):
            line = (pytestconfig.rootpath / node.file).read_text().splitlines()[node.line - 1]
            if node.kind is K.CONTEXT:
                assert line == f"{node.name.upper()} = Context("
            elif node.kind is K.POLICY:
                assert line.lstrip().startswith("def ")
            else:
                assert line.startswith(f"class {node.name}(")


def test_a_context_made_from_another_is_found_by_its_parts() -> None:
    model = DesignModel.of((PAYMENT.with_terms(ask_again_after_s=1.0),))
    assert model.node("context:payment").file == "bookdelivery/contexts/payment/handlers.py"
    assert model.node("context:payment").facts["terms"]["askAgainAfterS"] == 1.0


def test_systems_compositions_and_contexts_give_the_same_model() -> None:
    given: tuple[Any, ...] = (System("system", BOOKSTORE), compose(BOOKSTORE), list(BOOKSTORE))
    assert {DesignModel.of(one).to_json() for one in given} == {MODEL.to_json()}


def test_what_nobody_declares_is_a_node_of_no_context() -> None:
    model = DesignModel.of((DELIVERY,))
    assert model.node("event:OrderPacked").context is None
    assert (
        model.predecessors("policy:delivery.start the delivery", E.TRIGGERS)[0].doc
        == "The parcel stands ready for the courier."
    )


def test_a_context_has_the_first_say_about_its_own_words() -> None:
    one = attrs.evolve(COUNTER, language={"Counted": "셈", "Counter": "셈틀"})
    other = attrs.evolve(tally(), language={"Tally": "집계", "Counter": "딴것", "Added": "더함"})
    model = DesignModel.of((other, one))
    assert model.node("aggregate:counter.Counter").korean == "셈틀"
    assert model.node("event:Added").korean == "더함"
    assert model.language["Counter"] == "딴것"


def test_two_contexts_may_have_aggregates_of_one_name() -> None:
    twin = Context(
        name="twin",
        korean="",
        subdomain=COUNTER.subdomain,
        uptime_goal=None,
        cadence="",
        team="",
        store="",
        aggregates=COUNTER.aggregates,
    )
    model = DesignModel.of((COUNTER, twin))
    assert [node.id for node in model.nodes(K.AGGREGATE)] == ["aggregate:counter.Counter", "aggregate:twin.Counter"]


# --- finding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["event:OrderPlaced", "OrderPlaced", "orderplaced", "주문됨"])
def test_a_node_is_found_by_what_people_call_it(name: str) -> None:
    assert MODEL.find(name).id == "event:OrderPlaced"


def test_the_likeliest_kind_is_meant() -> None:
    assert MODEL.find("order", K.CONTEXT, K.AGGREGATE).id == "context:order"
    assert MODEL.find("order", K.AGGREGATE, K.CONTEXT).id == "aggregate:order.Order"


def test_what_is_unknown_is_answered_with_what_is_like_it() -> None:
    with pytest.raises(UnknownElement, match="OrderPlaced") as refusal:
        MODEL.find("OrderPlacd")
    assert "OrderPlaced" in refusal.value.close
    with pytest.raises(UnknownElement, match="context:order"):
        MODEL.node("context:ordr")
    with pytest.raises(UnknownElement, match=r"port:order\.Store"):
        MODEL.find("Store", K.PORT)


def test_an_edge_to_nowhere_is_refused() -> None:
    node = Node(id="event:A", kind=K.EVENT, name="A")
    with pytest.raises(UnknownElement, match="event:B"):
        DesignModel.built("x", [node], [Edge(source="event:A", target="event:B", kind=E.TRIGGERS)])


# --- exports ----------------------------------------------------------------------------------------------------------


def test_json_is_read_back_and_written_the_same() -> None:
    text = MODEL.to_json()
    again = DesignModel.from_json(text)
    assert again.to_json() == text
    assert set(again.nodes()) == set(MODEL.nodes())
    assert again.node("command:PlaceOrder").schema == MODEL.node("command:PlaceOrder").schema


def test_json_does_not_depend_on_the_order_of_contexts() -> None:
    assert DesignModel.of(BOOKSTORE[::-1]).to_json() == MODEL.to_json()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is no JSON"),
        ("[]", "no model written by"),
        ('{"format": "bookdelivery-design", "version": 2}', "version 2"),
        ('{"format": "bookdelivery-design", "version": 1, "nodes": [{}], "edges": []}', "none"),
        ('{"format": "bookdelivery-design", "version": 1, "nodes": [{"kind": "elephant"}], "edges": []}', "elephant"),
    ],
)
def test_what_is_no_model_is_refused_and_said_why(text: str, problem: str) -> None:
    with pytest.raises(UnreadableModel, match=problem) as refusal:
        DesignModel.from_json(text, "old.json")
    assert refusal.value.where == "old.json"


def test_graphml_is_read_by_networkx_with_every_node_and_edge() -> None:
    graph = nx.read_graphml(io.BytesIO(MODEL.to_graphml().encode()), force_multigraph=True)
    assert set(graph) == set(MODEL.graph)
    assert graph.number_of_edges() == len(MODEL.edges())
    assert graph.nodes["event:OrderPlaced"]["korean"] == "주문됨"


def test_tables_have_a_row_for_each_node_and_edge() -> None:
    nodes, edges = MODEL.to_pandas()
    assert list(nodes.index) == [node.id for node in MODEL.nodes()]
    assert nodes.loc["event:OrderPacked", "context"] == ORDERMANAGEMENT.name
    assert len(edges) == len(MODEL.edges())
    assert edges.groupby("kind").size()["calls"] == len(MODEL.edges(E.CALLS))


@pytest.mark.parametrize(
    ("name", "words"),
    [("OrderPlaced", "order placed"), ("HTTPGateway", "http gateway"), ("take the info", "take the info")],
)
def test_a_code_name_is_read_as_english_words(name: str, words: str) -> None:
    assert Node(id="x", kind=K.EVENT, name=name).english == words


def test_a_label_is_korean_where_there_is_a_korean_name() -> None:
    assert MODEL.node("event:OrderPlaced").label("ko") == "주문됨"
    assert MODEL.node("event:OrderPlaced").label() == "OrderPlaced"
    assert MODEL.node("topic:bookdelivery").label("ko") == "bookdelivery"
