import json
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import import_time
from benchmarks.rows import duration, figure


@pytest.fixture
def an_impossible_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_time, "BUDGET_S", 1e-9)


def test_modules_without_rows_are_no_benchmarks() -> None:
    assert "import_time" in bench.names()
    assert "rows" not in bench.names()


@pytest.mark.usefixtures("an_impossible_budget")
def test_a_missed_floor_is_shown_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["import_time", "--short"]) == 1
    assert "NO" in capsys.readouterr().out


@pytest.mark.usefixtures("an_impossible_budget")
def test_a_missed_floor_is_no_failure_when_only_a_report_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench.main(["import_time", "--short", "--report-only"]) == 0
    assert "NO" in capsys.readouterr().out


def test_an_unknown_benchmark_is_refused_with_the_ones_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        bench.main(["speed_of_light"])
    assert refused.value.code == 2
    assert "no benchmark called speed_of_light; there are: " in capsys.readouterr().err


def test_saved_rows_read_back_with_every_figure(tmp_path: Path) -> None:
    rows = [duration("start", 0.5, 1.0, floor=1.0), figure("orders simulated", 1900.0, unit="orders/s")]
    bench.save(rows, tmp_path / "results.json", short=True)
    saved = json.loads((tmp_path / "results.json").read_text())
    assert saved["short"] is True
    assert saved["rows"] == [
        {"name": "start", "ours": 0.5, "peer": 1.0, "ratio": 2.0, "floor": 1.0, "met": True, "unit": "s"},
        {
            "name": "orders simulated",
            "ours": 1900.0,
            "peer": None,
            "ratio": None,
            "floor": None,
            "met": True,
            "unit": "orders/s",
        },
    ]
