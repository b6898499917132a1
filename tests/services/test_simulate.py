"""`bookdelivery simulate` as it is typed: what it prints, writes, and refuses."""

import json
import tomllib
from pathlib import Path

import pytest

from bookdelivery.services.cli import main

SMALL = """
title = "A quiet minute"
story = "Nothing happens."
lasts = 10
load = {kind = "constant", per_second = 2}
people = {take_s = 1, pack_s = 1, deliver_s = 1}
customers = {cancels = 0, looks = 0}
"""


def simulate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Give the exit status, and what was printed to stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "quiet.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def test_a_file_is_simulated_and_told_in_figures(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = simulate(capsys, str(scenario))
    assert (status, err) == (0, "")
    assert out.startswith("A quiet minute\nNothing happens.")
    assert "place: placed" in out
    assert "N1" in out


def test_json_is_all_there_is_and_the_seed_is_the_one_given(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = simulate(capsys, str(scenario), "--json", "--seed", "9")
    document = json.loads(out)
    assert status == 0
    assert (document["title"], document["seed"], document["settled"]) == ("A quiet minute", 9, True)
    figures = {(row["group"], row["name"]): row["value"] for row in document["figures"]}
    assert figures["requests", "place: placed"] == 19
    assert {row["requirement"] for row in document["verdicts"]} == {"N1", "N2", "N3", "N4"}


def test_a_report_and_tables_are_written_where_they_are_asked_for(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, tables = tmp_path / "report", tmp_path / "tables"
    status, out, _ = simulate(capsys, str(scenario), "--report", str(report), "--tables", str(tables))
    assert status == 0
    assert sorted(path.name for path in report.iterdir()) == ["report.html", "scenario.toml", "timeline.svg"]
    assert "A quiet minute" in (report / "report.html").read_text(encoding="utf-8")
    written = tomllib.loads((report / "scenario.toml").read_text(encoding="utf-8"))
    assert written["load"] == {"kind": "constant", "per_second": 2}
    assert (tables / "orders.parquet").exists()
    assert str(report / "report.html") in out.replace("\n", "")


def test_a_load_that_never_drains_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "much.toml"
    file.write_text(SMALL + "[deployment.order]\nreplicas = 1\nworkers = 1\nservice_s = 0.6\n", encoding="utf-8")
    _, out, _ = simulate(capsys, str(file))
    assert "its line never drains as long as the load lasts." in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lasts = 10", "load is missing, but must be given"),
        (SMALL + "[deployment.ordr]\n", "Scenario.deployment is 'ordr', but must be one of delivery, mypage, order"),
        (
            SMALL + '[[faults]]\nkind = "outage"\ncontext = "shop"\n',
            "Outage.context is 'shop', but must be one of delivery, mypage, order",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_the_file(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    status, out, err = simulate(capsys, str(file))
    assert (status, out) == (2, "")
    assert err.startswith(f"bookdelivery: {file}: {message}")


def test_a_scenario_that_does_not_exist_is_told_with_those_that_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = simulate(capsys, "sieg")
    assert status == 2
    assert "the scenario is 'sieg', but must be a TOML file, or one of " in err
    assert "siege" in err
    status, _, err = simulate(capsys, str(tmp_path / "nowhere.toml"))
    assert status == 2
    assert "nowhere.toml: No such file or directory" in err


def test_a_negative_seed_is_refused(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = simulate(capsys, str(scenario), "--seed=-1")
    assert (status, err) == (2, "bookdelivery: --seed: -1 is not a whole number, 0 or more\n")
