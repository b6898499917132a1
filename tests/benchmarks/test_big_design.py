"""The benchmark of big designs measures designs that are whole."""

from benchmarks.big_design import EVENTS_EACH, company
from bookdelivery.application.composition import compose
from bookdelivery.design import DesignModel, NodeKind
from bookdelivery.design.rules import Severity, check


def test_the_company_could_be_run_and_has_as_many_contexts_and_events_as_it_says() -> None:
    contexts = company(12)
    assert len(compose(contexts).contexts) == 12
    model = DesignModel.of(contexts)
    assert len(model.nodes(NodeKind.EVENT)) == 12 * EVENTS_EACH
    assert all(node.context is not None for node in model.nodes(NodeKind.EVENT))


def test_its_contexts_follow_one_another_and_keep_the_rules_that_matter() -> None:
    model = DesignModel.of(company(12))
    assert len(model.nodes(NodeKind.POLICY)) > 30
    broken = {finding.rule.id for finding in check(model).findings if finding.rule.severity is Severity.ERROR}
    assert broken == set()


def test_the_same_seed_gives_the_same_company() -> None:
    assert DesignModel.of(company(5)).to_json() == DesignModel.of(company(5)).to_json()
    assert DesignModel.of(company(5)).to_json() != DesignModel.of(company(5, seed=2)).to_json()
