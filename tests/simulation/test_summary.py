"""A run in figures, and how it looks in a notebook."""

import re

import pytest

from bookdelivery.simulation import Outage, ProviderTrouble, Result
from bookdelivery.simulation.operations import BurnRateAlert, Objective
from bookdelivery.simulation.utilization import utilization
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, quick, run

PAGE = BurnRateAlert(long_s=10, short_s=2, burn_rate=10)


@pytest.fixture(scope="module")
def result() -> Result:
    faults = [Outage("order", at=10, lasts=5), ProviderTrouble(at=18, lasts=5, slower=30)]
    placed = Objective("orders are taken", goal=0.99, alerts=[PAGE], evaluate_every_s=1)
    return run(quick(faults=faults, objectives=[placed]))


def test_the_figures_are_those_of_the_tables(result: Result) -> None:
    value = result.summary()["value"]
    requests = result.requests
    failed = ((requests["kind"] == "place") & (requests["outcome"] == "failed")).sum()
    assert value["requests", "place: failed"] == failed > 0
    placing = requests.loc[requests["kind"] == "place", "latency_s"]
    assert value["requests", "place: latency, 99 %"] == placing.quantile(0.99)
    assert value["orders", "delivered"] == (result.orders["status"] == "delivered").sum()
    assert value["orders", "charged"] - value["orders", "refunded"] == (
        result.orders.loc[result.orders["status"] == "delivered", "price_won"].sum()
    )
    assert value["messages", "mypage: handled"] == len(result.views)
    assert value["messages", "mypage: never handled"] == 0
    assert value["utilization", "order's workers"] == utilization(result)["utilization"]["order"] > 0
    assert value["pods", "order: killed or failed"] == 2
    assert value["breakers", "Pay: opened"] == (result.breakers["state"] == "open").sum()
    assert value["alerts", "orders are taken: fired"] == len(result.alerts) == 1
    assert value["world", "settled at"] == result.world.ended_s


def test_every_figure_has_a_unit_and_a_name_of_its_own(result: Result) -> None:
    figures = result.summary()
    assert figures.index.is_unique
    assert figures["unit"].ne("").all()


def test_a_system_of_which_little_is_known_has_figures_too() -> None:
    till = run(quick(customers=Guests(), people=None, terms={}), SHOP_WITH_A_TILL)
    assert till.summary()["value"]["requests", "serve: answered"] == len(till.requests)


def test_in_a_notebook_it_shows_its_name_its_picture_and_its_figures(result: Result) -> None:
    shown = result._repr_html_()
    assert "&lt;Result of bookstore, settled at" in shown
    assert re.search(r'src="data:image/png;base64,iVBOR\w+', shown)
    assert f"<summary>{len(result.summary())} figures</summary>" in shown
    assert "place: latency, 99 %" in shown
