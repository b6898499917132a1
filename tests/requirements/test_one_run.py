from __future__ import annotations

from bookdelivery.simulation import Poisson, Provider, Scenario, simulate
from tests.specimens.naive import swallows_the_payment_failure

TROUBLED = Scenario(load=Poisson(per_second=2), lasts=20, seed=1, provider=Provider(silent_before=0.3))


def test_a_run_in_which_nothing_went_wrong_meets_with_an_interval_that_owns_to_being_one_run() -> None:
    table = simulate(Scenario(load=Poisson(per_second=2), lasts=20, seed=1)).verdicts()
    assert list(table.index) == ["N1", "N2", "N3", "N4"]
    assert table.loc[["N1", "N2", "N4"], "verdict"].tolist() == ["met"] * 3
    assert (table.loc["N1", "low"], round(table.loc["N1", "high"], 2)) == (0.0, 0.95)


def test_where_nobody_was_held_off_nothing_is_said_about_holding_off() -> None:
    row = simulate(Scenario(load=Poisson(per_second=2), lasts=20, seed=1)).verdicts().loc["N3"]
    assert (row["verdict"], row["evidence"]) == ("undecided", "nothing in this run speaks of it")


def test_a_bookstore_whose_provider_keeps_silent_leads_its_customers_on_and_still_meets() -> None:
    table = simulate(TROUBLED).verdicts()
    assert table["verdict"].tolist() == ["met"] * 4


def test_a_design_that_swallows_the_payment_failure_is_found_out_in_one_run() -> None:
    row = simulate(TROUBLED, system=swallows_the_payment_failure()).verdicts().loc["N1"]
    assert (row["verdict"], row["estimate"]) == ("violated", 1.0)
    assert "order" in row["evidence"]
