"""Pictures of one's own: what they say is what was given, and what does not fit together is refused."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib import font_manager
from matplotlib.patches import Rectangle
from PIL import Image

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Poisson, Scenario, sweep
from bookdelivery.simulation.charts import LINES, Picture, chart, charts, explore, heat_map, intervals, label, mark
from bookdelivery.simulation.plotting import fonts
from tests.missing import missing

TABLE = pd.DataFrame({"pods": [2, 1, 2, 1], "share": [0.5, 0.5, 0.1, 0.1], "value": [4.0, 3.0, 2.0, 1.0]})


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.axes for text in axes.texts]


def test_a_picture_is_shown_by_a_notebook_without_pyplot() -> None:
    picture, axes = chart("One line", x="pods", y="seconds")
    axes.plot([1, 2], [3, 4])
    data, described = picture._repr_png_()
    shown = Image.open(io.BytesIO(data))
    assert shown.format == "PNG"
    assert shown.width > 600
    assert described == {"alt": "One line"}
    assert len(shown.convert("RGB").getcolors(100_000) or []) > 2


def test_a_picture_is_the_same_each_time_it_is_written() -> None:
    def drawn() -> Picture:
        picture, axes = chart("One line", x="pods", y="seconds")
        axes.plot([1, 2], [3, 4])
        return picture

    assert drawn().to_svg() == drawn().to_svg()
    assert drawn().to_png() == drawn().to_png()


@pytest.fixture
def hangul() -> str:
    """The name of a font with Korean letters."""
    font = fonts.hangul_font()
    if font is None:
        missing("no font with Hangul is installed; on Debian, as root, run: apt-get install fonts-noto-cjk")
    return font


@pytest.mark.usefixtures("hangul")
def test_korean_words_are_drawn_and_not_replaced_by_boxes() -> None:
    picture, axes = chart(label("orders", "주문"), x="s", y="orders")
    axes.text(0.5, 0.5, "주문", fontsize=20)
    # A letter that no font has is a warning, and warnings are errors here.
    picture.to_png()
    assert "주문" in label("orders", "주문")


@pytest.mark.usefixtures("hangul")
def test_a_font_is_found_that_was_installed_after_matplotlib_had_listed_them(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", [font for font in manager.ttflist if font.name not in fonts._HANGUL_FONTS])
    fonts.hangul_font.cache_clear()
    assert fonts.hangul_font() in fonts._HANGUL_FONTS


def test_without_a_font_for_them_korean_words_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "hangul_font", lambda: None)
    assert label("orders", "주문") == "orders"
    assert fonts.families() == ["DejaVu Sans"]


def test_charts_side_by_side_have_one_scale_and_name_their_axes() -> None:
    picture, [left, right] = charts("Two", ["before", "after"], x="time in s", y="orders")
    left.plot([0, 1], [0, 10])
    right.plot([0, 1], [0, 1])
    assert left.get_ylim() == right.get_ylim()
    assert [axes.get_title(loc="left") for axes in picture.axes] == ["before", "after"]
    assert (left.get_xlabel(), left.get_ylabel(), right.get_ylabel()) == ("time in s", "orders", "")
    assert left.lines[0].get_color() == LINES[0]


@pytest.mark.parametrize(
    ("height_in", "shown"),
    [(2.2, "messages that nobody\nhas handled yet"), (6.0, "messages that nobody has handled yet")],
)
def test_a_label_longer_than_its_axis_has_a_second_line_and_is_not_cut_off(height_in: float, shown: str) -> None:
    picture, axes = chart("They wait", x="time in s", y="messages that nobody has handled yet", height_in=height_in)
    picture.to_png()
    assert axes.get_ylabel() == shown
    assert picture.bbox.y0 <= axes.yaxis.label.get_window_extent().y0
    assert axes.yaxis.label.get_window_extent().y1 <= picture.bbox.y1


def test_intervals_are_drawn_from_low_to_high_in_the_order_of_their_places() -> None:
    _, axes = chart("Three", x="pods", y="seconds")
    table = pd.DataFrame({"pods": [3, 1], "value": [2.0, 5.0], "low": [1.5, 4.0], "high": [2.5, 7.0]})
    intervals(axes, table, x="pods")
    [bars] = [collection.get_segments() for collection in axes.collections]  # type: ignore[attr-defined]
    assert [(low[0], low[1], high[1]) for low, high in bars] == [(1, 4, 7), (3, 1.5, 2.5)]
    assert axes.lines[0].get_linestyle() == "-"
    _, loose = chart("Three", x="pods", y="seconds")
    intervals(loose, table, x="pods", joined=False)
    assert loose.lines[0].get_linestyle() == "None"
    with pytest.raises(InvalidField, match="low"):
        intervals(axes, table.drop(columns="low"), x="pods")


def test_a_mark_says_what_is_where() -> None:
    picture, axes = chart("Three", x="pods", y="seconds")
    mark(axes, "the decision", (1, 2))
    assert texts(picture) == ["the decision"]


def test_a_heat_map_has_each_number_in_its_field_and_frames_the_chosen_one() -> None:
    picture = heat_map(TABLE, x="pods", y="share", title="More is more", unit="orders", marked=(2, 0.1))
    axes = picture.axes[0]
    places = {text.get_position(): text.get_text() for text in axes.texts}
    assert places == {(0, 0): "1", (1, 0): "2", (0, 1): "3", (1, 1): "4"}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0.1", "0.5"]
    [frame] = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert frame.get_xy() == (0.5, -0.5)
    assert picture.axes[1].get_ylabel() == "orders"


def test_a_heat_map_leaves_a_field_without_a_figure_blank() -> None:
    holes = TABLE.assign(value=[np.nan, 3.0, 2.0, 1.0])
    assert sorted(texts(heat_map(holes, x="pods", y="share", title="Holes", unit="orders"))) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("table", "changes", "named"),
    [
        (TABLE, {"x": "replicas"}, "replicas"),
        (pd.concat([TABLE, TABLE]), {}, "two rows"),
        (TABLE, {"marked": (7, 0.1)}, "marked"),
    ],
)
def test_a_heat_map_of_what_is_not_there_is_refused(
    table: pd.DataFrame, changes: dict[str, object], named: str
) -> None:
    with pytest.raises(InvalidField, match=named):
        heat_map(table, **{"x": "pods", "y": "share", "title": "No", "unit": "orders", **changes})  # type: ignore[arg-type]


def test_a_sweep_draws_intervals_over_one_setting_and_a_heat_map_over_two() -> None:
    scenario = Scenario(load=Poisson(per_second=2), lasts=2, people=None)
    one = sweep(scenario, {"load.per_second": [1, 2]}, n=2, workers=1)
    names = {"load.per_second": "orders a second"}
    picture = one.plot("latency_mean_s", title="Busier is slower", names=names, marked={"load.per_second": 2})
    assert picture.get_suptitle() == "Busier is slower"
    assert (picture.axes[0].get_xlabel(), picture.axes[0].get_ylabel()) == ("orders a second", "latency_mean_s, s")
    two = sweep(scenario, {"load.per_second": [1, 2], "deployment.order.replicas": [1, 2]}, n=1, workers=1)
    axes = two.plot("requests").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("deployment.order.replicas", "load.per_second")
    assert len(axes.texts) == 4
    with pytest.raises(InvalidField, match="marked"):
        one.plot("requests", marked={"load.per_second": 9})
    with pytest.raises(InvalidField, match="marked"):
        two.plot("requests", marked={"load.per_second": 1})
    with pytest.raises(InvalidField, match="metric"):
        one.plot("goodput")


def test_exploring_shows_the_first_choice_and_draws_anew_what_a_slider_says() -> None:
    from ipywidgets import SelectionSlider, Widget

    drawn: list[dict[str, int]] = []
    made: list[SelectionSlider] = []
    Widget.on_widget_constructed(lambda widget: made.append(widget) if isinstance(widget, SelectionSlider) else None)
    try:
        explore(lambda **chosen: drawn.append(chosen), pods=[2, 1, 3], wait_s=[5])
    finally:
        Widget.on_widget_constructed(None)
    assert drawn == [{"pods": 2, "wait_s": 5}]
    pods = made[0]
    assert list(pods.options) == [1, 2, 3]
    pods.value = 3
    assert drawn[1:] == [{"pods": 3, "wait_s": 5}]
    with pytest.raises(InvalidField, match="pods"):
        explore(lambda **_: None, pods=[])
