import json
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import import_time, services_relay
from benchmarks.rows import Row, duration, figure


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


def test_what_needs_servers_is_left_out_without_them_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    measured: list[bool] = []

    def rows(*, short: bool) -> list[Row]:
        measured.append(short)
        return []

    monkeypatch.setattr(bench, "names", lambda: ["import_time", "services_relay"])
    monkeypatch.setattr(bench, "RESULTS_OF_A_SHORT_RUN", tmp_path / "results.json")
    monkeypatch.setattr(services_relay, "left_out", lambda: "kafka not running")
    monkeypatch.setattr(services_relay, "rows", rows)
    assert bench.main(["--short"]) == 0
    assert "left out services_relay: kafka not running" in capsys.readouterr().out
    assert measured == []
    assert bench.main(["services", "--short"]) == 0
    assert measured == [True]


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
