"""The simulated world does what theory says, with the bookstore's own code in the loop, and a bias would be seen."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from bookdelivery.simulation import DEFAULT_SYSTEM, Deployment, Exponential, simulate
from bookdelivery.simulation.experiments import changed
from bookdelivery.simulation.validation import Case, cases, validate
from bookdelivery.simulation.validation.page import COMMAND, rows
from bookdelivery.simulation.validation.walking import FIRST, Visits

PAGE = Path(__file__).parents[3] / COMMAND.split()[-1]
WHOLE = cases()
NAMES = [case.model for case in WHOLE]


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("case", WHOLE, ids=NAMES)
def test_theory_and_simulation_agree_so_closely_that_a_bias_of_two_percent_would_show(case: Case) -> None:
    found = validate([case], confidence=0.99)
    print(found.to_string())  # noqa: T201
    assert found["agrees"].all()
    assert (found["half_width"] < 0.02).all()
    assert set(rows(found)) <= set(PAGE.read_text(encoding="utf-8").splitlines()), f"make it anew: {COMMAND}"


def test_the_page_has_a_row_for_each_figure_with_what_theory_expects_and_all_agree() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
    told = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    expected = [(case.model, one.words, f"{one.expected:.4f}") for case in WHOLE for one in case.figures]
    assert [tuple(cells[:3]) for cells in told] == expected
    assert {cells[-1] for cells in told} == {"agrees"}


@pytest.mark.parametrize("case", cases(0.03), ids=NAMES)
def test_theory_and_simulation_agree_at_a_glance(case: Case) -> None:
    found = validate([case], replications=12, confidence=0.999, workers=1)
    assert found["agrees"].all()
    assert (found["half_width"] < 0.6).all()


@pytest.mark.parametrize("bias", [0.7, 1.4])
def test_a_station_that_is_slower_or_faster_than_theory_thinks_disagrees(bias: float) -> None:
    honest = cases(0.1)[0]
    deployment = f"deployment.{FIRST}.service_s"
    biased = attrs.evolve(honest, scenario=changed(honest.scenario, deployment, Exponential(bias)), controls=())
    # Without controls, which would put the bias down to the run's luck.
    found = validate([biased], replications=8, workers=1)
    assert not found["agrees"].any()


def test_figures_are_read_off_the_visits_after_the_warm_up_and_off_nothing_else() -> None:
    case = cases(0.02)[2]
    result = simulate(case.scenario, DEFAULT_SYSTEM)
    warm_up_s = 20.0
    operations = result.operations
    visits = operations[operations["operation"].eq("TakeOrderInfo") & operations["arrived_s"].ge(warm_up_s)]
    served = visits[visits["outcome"] == "done"]
    assert 0 < len(served) < len(visits)
    counted_s = case.scenario.lasts - warm_up_s
    assert Visits("per_second", warm_up_s)(result) == pytest.approx(len(served) / counted_s)
    assert Visits("offered_per_second", warm_up_s)(result) == pytest.approx(len(visits) / counted_s)
    assert Visits("refused", warm_up_s)(result) == pytest.approx(1 - len(served) / len(visits))
    stay = Visits("stay_s", warm_up_s)(result)
    assert stay == pytest.approx(Visits("wait_s", warm_up_s)(result) + Visits("service_s", warm_up_s)(result))
    # Little's law on the very run: the mean number inside by the times of coming and going.
    inside = (served["finished_s"] - served["arrived_s"]).sum() / counted_s
    assert inside == pytest.approx(Visits("per_second", warm_up_s)(result) * stay)


def test_every_case_is_about_one_pod_but_where_pods_are_the_point() -> None:
    for case in WHOLE:
        deployment = case.scenario.deployment[FIRST]
        assert isinstance(deployment, Deployment)
        assert (deployment.replicas > 1) == ("repairable" in case.model)
