"""The pictures of a run: they show what there is, and do without what there is not."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from bookdelivery.application.protections import ContextResilience
from bookdelivery.resilience import RateLimitConfig, Resilience
from bookdelivery.simulation import Constant, Deployment, Outage, ProviderTrouble, RandomCrashes, Result
from bookdelivery.simulation.operations import (
    Autoscaler,
    BurnRateAlert,
    Maintenance,
    Objective,
    Platform,
    Probe,
    Rollout,
)
from bookdelivery.simulation.plotting.plots import Plots
from bookdelivery.simulation.plotting.timeline import PANELS
from tests.simulation.operations.tills import simulate_tills, tills
from tests.simulation.worlds import SHOP_WITH_A_TILL, Guests, quick, run


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


def draw(figure: Figure) -> str:
    picture = io.StringIO()
    figure.savefig(picture, format="svg")
    return picture.getvalue()


@pytest.fixture(scope="module")
def troubled() -> Result:
    faults = [Outage("ordermanagement", at=5, lasts=10), ProviderTrouble(at=5, lasts=10, slower=30)]
    return run(quick(faults=faults))


@pytest.fixture(scope="module")
def limited() -> Result:
    rarely = ContextResilience(requests=Resilience(rate_limit=RateLimitConfig(per_second=4.0)))
    return run(quick(lasts=10.0, resilience={"order": rarely}, faults=[Outage("delivery", at=2, lasts=2)]))


@pytest.fixture(scope="module")
def operated() -> Result:
    platform = Platform(readiness=Probe(period_s=1), autoscaler=Autoscaler(min_replicas=2, max_replicas=3))
    alert = BurnRateAlert(long_s=10, short_s=2, burn_rate=10)
    return simulate_tills(
        tills(platform, cpu_s=0.01),
        faults=[Outage("till", at=20, lasts=2)],
        rollouts=[Rollout("till", at=4)],
        maintenance=[Maintenance("till", at=14)],
        objectives=[Objective("served", goal=0.99, kinds=["serve"], alerts=[alert], evaluate_every_s=1)],
    )


def test_a_run_with_trouble_shows_its_faults_answers_latency_breakers_queues_pods_and_staleness(
    troubled: Result,
) -> None:
    figure = troubled.plot()
    assert [title.split()[0] for title in titles(figure)] == [
        "Faults",
        "Answers",
        "How",
        "Circuit",
        "Messages",
        "Operations",
        "Pods,",
        "How",
    ]
    assert figure.get_suptitle().startswith("bookstore\nPoisson, 8/s for 30 s, ")
    assert figure.axes[-1].get_xlabel() == "time in s"
    named = {text.get_text() for text in figure.axes[0].texts}
    assert named == {"ordermanagement down", "payment provider: 30x slower"}
    assert len(draw(figure)) > 10_000


def test_a_run_with_operations_shows_pods_autoscalers_and_alerts_with_their_time_to_detect(operated: Result) -> None:
    figure = operated.plot()
    shown = {title.split()[0].rstrip(",:"): axes for axes in figure.axes if (title := axes.get_title(loc="left"))}
    assert {"Faults", "Alerts", "Pods", "Autoscalers"} < set(shown)
    changes = {text.get_text() for text in shown["Faults"].texts}
    assert changes == {"till down", "till v2 rolled out", "till moves"}
    seconds = operated.alerts["time_to_detect_s"].tolist()
    assert {text.get_text() for text in shown["Alerts"].texts} == {f"after {each:g} s " for each in seconds}
    pods = [label.get_text() for label in shown["Pods"].get_yticklabels()]
    assert pods == list(dict.fromkeys(operated.pods["pod"]))
    assert len(draw(figure)) > 10_000


@pytest.mark.parametrize("name", list(PANELS))
def test_every_panel_can_be_had_by_itself_with_the_faults_above_it(
    operated: Result, troubled: Result, limited: Result, name: str
) -> None:
    result = operated if name in {"alerts", "scaling", "pods"} else limited if name == "policies" else troubled
    figure = getattr(result.plot, name)()
    shown = titles(figure)
    assert shown[0].startswith("Faults")
    assert len(shown) == (1 if name == "faults" else 2)
    draw(figure)


def test_pods_too_many_for_a_lane_each_are_counted() -> None:
    result = simulate_tills(tills(None, replicas=30), faults=[Outage("till", at=10, lasts=5)])
    panel = result.plot.pods().axes[-1]
    assert panel.get_title(loc="left").startswith("Pods that serve")
    (line,) = panel.get_lines()
    numbers = dict(zip(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist(), strict=True))
    assert (numbers[0.0], numbers[10.0], numbers[18.5]) == (30, 0, 30)
    assert list(numbers.values())[-1] == 30


def test_every_panel_has_a_method() -> None:
    assert {name for name in vars(Plots) if not name.startswith("_")} == set(PANELS)


def test_a_panel_with_nothing_to_show_says_so(troubled: Result) -> None:
    figure = troubled.plot.scaling()
    assert [text.get_text() for text in figure.texts if "nothing" in text.get_text()] == [
        "There is nothing to show: scaling"
    ]


def test_a_fault_at_random_has_one_lane_with_a_bar_for_each_time_it_struck() -> None:
    crashes = RandomCrashes("mypage", mean_time_between_s=4.0)
    result = run(quick(lasts=20.0, faults=[crashes, Outage("delivery", at=3, lasts=3)]))
    panel = result.plot.faults().axes[0]
    assert {text.get_text() for text in panel.texts} == {crashes.label, "delivery down"}
    assert len(panel.get_yticks()) == 2
    struck = result.faults["start_s"].tolist()
    assert len(struck) > 3
    drawn = [np.asarray(path.vertices)[:, 0].min() for bars in panel.collections for path in bars.get_paths()]
    assert sorted(drawn) == pytest.approx(sorted(struck))


def test_faults_are_shaded_in_every_panel(troubled: Result) -> None:
    for axes in troubled.plot().axes:
        shades = [patch for patch in axes.patches if patch.get_alpha() == 0.17]
        assert len(shades) == 2


def test_a_system_without_breakers_views_or_faults_is_drawn_without_them() -> None:
    deployment = {"till": Deployment(replicas=1, workers=1, service_s=0.3)}
    result = run(
        quick(customers=Guests(), people=None, terms={}, load=Constant(per_second=5), deployment=deployment),
        SHOP_WITH_A_TILL,
    )
    figure = result.plot()
    assert [title.split()[0] for title in titles(figure)] == ["Answers", "How", "Operations"]
    assert len(draw(figure)) > 1_000


def test_a_run_in_which_nothing_happened_is_drawn_too() -> None:
    assert len(draw(run(quick(load=Constant(per_second=0.001))).plot())) > 1_000


def test_who_draws_nothing_loads_no_matplotlib() -> None:
    program = (
        "import sys\n"
        "from tests.simulation.worlds import quick, run\n"
        "result = run(quick(lasts=2.0))\n"
        "result.plot, result.summary()\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
