"""A run of which only some rows are kept: what is kept is whole, and the totals are exact."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from bookdelivery.simulation import Crash, Poisson, Result
from bookdelivery.simulation import tables as tables_module
from bookdelivery.simulation.sampling import Sampling
from tests.simulation.worlds import quick, run

SAMPLED = ("messages", "views", "operations", "calls")


@pytest.fixture(scope="module", autouse=True)
def _small_chunks() -> object:
    before, tables_module._FLUSH_AT = tables_module._FLUSH_AT, 256
    yield
    tables_module._FLUSH_AT = before


@pytest.fixture(scope="module")
def runs() -> tuple[Result, Result]:
    """The same run, once with all rows and once with a fifth of them."""
    scenario = {"load": Poisson(per_second=10), "faults": [Crash("order", at=12)]}
    return run(quick(**scenario)), run(quick(**scenario, keep_rows=0.2))


def test_the_totals_are_the_same_to_the_last_digit_whatever_is_kept(runs: tuple[Result, Result]) -> None:
    everything, some = runs
    assert_frame_equal(everything.totals, some.totals, check_exact=True)


def test_the_totals_are_those_of_all_rows(runs: tuple[Result, Result]) -> None:
    everything, _ = runs
    operations, calls, messages = everything.operations, everything.calls, everything.messages
    handled = messages[messages["consumed_s"].notna()]
    parts = {
        "operations": (operations["finished_s"] - operations["arrived_s"]).groupby(
            [operations["context"], operations["operation"], operations["outcome"]]
        ),
        "calls": (calls["finished_s"] - calls["started_s"]).groupby(
            [calls["caller"], calls["command"], calls["outcome"]]
        ),
        "messages": handled["lag_s"].groupby(
            [handled["context"], handled["consumer"], pd.Series("handled", index=handled.index)]
        ),
    }
    totals = everything.totals
    for name, groups in parts.items():
        own = {
            tuple(row[1:4]): dict(zip(totals.columns, row, strict=True)) for row in totals.to_numpy() if row[0] == name
        }
        for key, seconds in groups:
            row = own[tuple(key)]
            assert row["rows"] == len(seconds)
            assert row["mean_s"] == pytest.approx(seconds.mean())
            assert row["longest_s"] == seconds.max()
        assert len(own) == len(groups)


ORIGIN = ["correlation_id", "causation_id"]


def test_orders_requests_and_events_are_whole_all_the_same(runs: tuple[Result, Result]) -> None:
    everything, some = runs
    for name, frame in everything.frames.items():
        if name == "events":
            assert_frame_equal(some.events.drop(columns=ORIGIN), frame.drop(columns=ORIGIN))
        elif name not in SAMPLED:
            assert_frame_equal(some.frames[name], frame)


def test_what_led_to_an_event_is_kept_for_the_orders_of_which_everything_is(runs: tuple[Result, Result]) -> None:
    everything, some = runs
    kept = everything.events["order_id"].isin(some.messages["order_id"])
    assert 0.1 < kept.mean() < 0.3
    assert_frame_equal(some.events.loc[kept, ORIGIN], everything.events.loc[kept, ORIGIN])
    assert (some.events.loc[~kept, ORIGIN] == "").all(axis=None)


def test_about_the_asked_part_of_the_rows_is_kept_each_as_it_was(runs: tuple[Result, Result]) -> None:
    everything, some = runs
    for name in SAMPLED:
        all_rows, rows = everything.frames[name], some.frames[name]
        assert 0.12 < len(rows) / len(all_rows) < 0.28, name
        assert not rows.merge(all_rows, how="left", indicator=True)["_merge"].eq("left_only").any(), name


def test_of_an_order_that_is_kept_everything_is(runs: tuple[Result, Result]) -> None:
    everything, some = runs
    kept = set(some.messages["order_id"])
    assert kept
    for name in ("messages", "views"):
        all_rows = everything.frames[name]
        expected = all_rows[all_rows["order_id"].isin(kept)].reset_index(drop=True)
        assert_frame_equal(some.frames[name], expected)
    order_id = min(kept)
    assert some.story(order_id).steps == everything.story(order_id).steps


def test_the_summary_counts_what_was_not_kept_too(runs: tuple[Result, Result]) -> None:
    everything, some = (each.summary()["value"] for each in runs)
    assert some["messages", "mypage: handled"] == everything["messages", "mypage: handled"]
    assert ("messages", "mypage: never handled") not in some


@pytest.mark.parametrize(("part", "least", "most"), [(0.0, 0.0, 0.0), (0.1, 0.095, 0.105), (1.0, 1.0, 1.0)])
def test_orders_one_after_the_other_are_kept_evenly(part: float, least: float, most: float) -> None:
    kept = Sampling(part, np.random.default_rng(1)).keeps(np.arange(1, 10_001))
    assert least <= kept.mean() <= most
    assert all(least - 0.03 <= tenth.mean() <= most + 0.03 for tenth in np.array_split(kept, 10))
