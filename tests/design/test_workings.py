"""What can still happen, on designs made up at random: laws that hold whatever the design."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.big_design import company
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.impact import Effect, impact
from bookdelivery.design.rules.cafe import CAFE
from bookdelivery.design.workings import Workings

DESIGNS = [
    DesignModel.of(contexts) for contexts in (BOOKSTORE, CAFE, *(company(6, events_each=4, seed=s) for s in range(4)))
]
WORKINGS = [Workings(design) for design in DESIGNS]
KINDS = (NodeKind.CONTEXT, NodeKind.EXTERNAL, NodeKind.TOPIC, NodeKind.COMMAND, NodeKind.EVENT, NodeKind.POLICY)


def parts(workings: Workings) -> list[str]:
    return [node.id for kind in KINDS for node in workings.model.nodes(kind)]


@st.composite
def outages(draw: st.DrawFn) -> tuple[Workings, frozenset[str]]:
    workings = draw(st.sampled_from(WORKINGS))
    return workings, frozenset(draw(st.lists(st.sampled_from(parts(workings)), max_size=4)))


@given(outages(), st.data())
@settings(max_examples=60, deadline=None)
def test_the_more_is_gone_the_less_can_happen(outage: tuple[Workings, frozenset[str]], data: st.DataObject) -> None:
    workings, gone = outage
    more = gone | {data.draw(st.sampled_from(parts(workings)))}
    assert workings.possible(more) <= workings.possible(gone)


@given(outages())
@settings(max_examples=60, deadline=None)
def test_everything_that_cannot_happen_any_more_and_nothing_else_is_told_with_a_way_to_what_is_gone(
    outage: tuple[Workings, frozenset[str]],
) -> None:
    workings, gone = outage
    hindrances = workings.hindrances(gone)
    assert hindrances.keys() == workings.possible() - workings.possible(gone)
    for id in hindrances:
        path = [id]
        while path[-1] in hindrances and path[-1] not in gone:
            path.append(hindrances[path[-1]].cause)
            assert len(path) <= len(hindrances) + 2, path
    assert not gone or all(hindrance.because for hindrance in hindrances.values())


@given(outages())
@settings(max_examples=30, deadline=None)
def test_each_consequence_agrees_with_what_can_still_happen(outage: tuple[Workings, frozenset[str]]) -> None:
    workings, gone = outage
    if not gone:
        return
    found = impact(workings.model, *gone, workings=workings)
    can = workings.possible(gone)
    for id, one in found.consequences.items():
        if one.node.kind is NodeKind.POLICY:
            assert (one.effect is Effect.UNHARMED) == (id in can)
        if one.effect is Effect.UNHARMED and one.node.kind in (NodeKind.EVENT, NodeKind.COMMAND):
            assert id in can


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_without_its_topic_nothing_reacts_to_events_any_more(design: DesignModel) -> None:
    can = Workings(design).possible({"topic:bookdelivery"})
    policies = [node for node in design.nodes(NodeKind.POLICY) if not node.facts["deadline"]]
    assert not {policy.id for policy in policies} & can
