"""The picture of a run: it shows what there is, and does without what there is not."""

import io

from matplotlib.figure import Figure

from bookdelivery.simulation import Constant, Outage, ProviderTrouble
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, quick, run


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def draw(figure: Figure) -> int:
    picture = io.BytesIO()
    figure.savefig(picture, format="svg")
    return len(picture.getvalue())


def test_a_run_with_trouble_shows_its_faults_answers_latency_breakers_queues_and_staleness() -> None:
    faults = [Outage("ordermanagement", at=5, lasts=10), ProviderTrouble(at=5, lasts=10, slower=30)]
    figure = run(quick(faults=faults)).plot()
    assert [title.split()[0] for title in titles(figure)] == [
        "Faults",
        "Answers",
        "How",
        "Circuit",
        "Messages",
        "Operations",
        "How",
    ]
    assert figure.get_suptitle().startswith("bookstore: Poisson, 8/s for 30 s, ")
    assert figure.axes[-1].get_xlabel() == "time in s"
    named = {text.get_text() for text in figure.axes[0].texts}
    assert named == {"ordermanagement down", "payment provider: 30x slower"}
    assert draw(figure) > 10_000


def test_a_system_without_breakers_views_or_faults_is_drawn_without_them() -> None:
    result = run(quick(customers=Guests(), people=None, terms={}, load=Constant(per_second=5)), SHOP_WITH_A_TILL)
    figure = result.plot()
    assert [title.split()[0] for title in titles(figure)] == ["Answers", "How", "Messages", "Operations"]
    assert draw(figure) > 1_000


def test_a_run_in_which_nothing_happened_is_drawn_too() -> None:
    assert draw(run(quick(load=Constant(per_second=0.001))).plot()) > 1_000
