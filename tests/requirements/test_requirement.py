"""Requirements are data that says what is asked for."""

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements.catalogue import FUNCTIONAL, NONFUNCTIONAL, REQUIREMENTS
from bookdelivery.requirements.functional import CASES
from bookdelivery.requirements.nonfunctional import EXPERIMENTS
from bookdelivery.requirements.requirement import Criterion, Measure, UnknownRequirement, select


def test_there_are_nine_functional_and_four_non_functional_requirements() -> None:
    assert [requirement.id for requirement in FUNCTIONAL] == [f"F{number}" for number in range(1, 10)]
    assert [requirement.id for requirement in NONFUNCTIONAL] == ["N1", "N2", "N3", "N4"]


def test_every_requirement_is_told_in_both_languages() -> None:
    for requirement in REQUIREMENTS:
        assert requirement.text.isascii()
        assert any("가" <= letter <= "힣" for letter in requirement.korean)
        for criterion in requirement.criteria:
            assert any("가" <= letter <= "힣" for letter in criterion.korean)


def test_every_functional_requirement_has_cases_and_every_other_an_experiment() -> None:
    assert {case.requirement for case in CASES} == {requirement.id for requirement in FUNCTIONAL}
    assert set(EXPERIMENTS) == {requirement.id for requirement in NONFUNCTIONAL}


def test_requirements_are_chosen_in_any_case_and_told_in_the_catalogues_order() -> None:
    assert [requirement.id for requirement in select(["n3", " F2 ", "N3"], REQUIREMENTS)] == ["F2", "N3"]


@pytest.mark.parametrize("ids", [["N5"], ["N1", ""], []])
def test_an_unknown_requirement_is_refused_with_the_ones_there_are(ids: list[str]) -> None:
    with pytest.raises(UnknownRequirement, match=r"F1, F2, .*, N4"):
        select(ids, REQUIREMENTS)


def test_a_criterion_is_found_by_its_name() -> None:
    requirement = NONFUNCTIONAL[1]
    assert requirement.criterion("catch-up").bound == 300.0
    with pytest.raises(InvalidField, match="accepted, taken, answer, catch-up, invariants"):
        requirement.criterion("speed")


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(InvalidField, match="between 0 and 1"):
        Criterion(name="c", metric="m", korean="ㅁ", measure=Measure.MEAN, unit="s", confidence=confidence)
