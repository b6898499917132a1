"""`bookdelivery verify` as it is typed: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from bookdelivery._version import __version__
from bookdelivery.services.cli import main

COMMAND = [sys.executable, "-m", "bookdelivery"]
PATIENCE_S = 240.0
"""Seconds after which something hangs; a busy machine may take dozens for what takes two."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run what is used wrongly; give what it says, which is one line on stderr."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("bookdelivery: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.slow
def test_what_is_met_gives_a_table_and_the_status_0() -> None:
    done = run("verify", "--requirements", "f8")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "6 of 6 cases hold" in done.stdout
    assert "The requirement is met." in done.stdout


@pytest.mark.slow
def test_a_report_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    done = run("verify", "--requirements", "F8", "--report", str(tmp_path / "reports" / "verify"))
    assert done.returncode == 0
    written = tmp_path / "reports" / "verify"
    assert sorted(path.name for path in written.iterdir()) == ["report.html", "verdicts.json"]
    assert json.loads((written / "verdicts.json").read_text(encoding="utf-8"))["status"] == "met"
    assert str(written / "report.html") in done.stdout


@pytest.mark.slow
def test_json_is_all_there_is_on_stdout() -> None:
    done = run("verify", "--requirements", "F8", "--json", "--seed", "7")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["seed"] == 7
    assert [verdict["id"] for verdict in document["verdicts"]] == ["F8"]


@pytest.mark.parametrize("ids", ["N5", "N1,", "all"])
def test_an_unknown_requirement_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str], ids: str) -> None:
    assert "F1, F2, F3, F4, F5, F6, F7, F8, F9, N1, N2, N3, N4" in refused(capsys, "verify", "--requirements", ids)


def test_wrong_usage_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--seed" in refused(capsys, "verify", "--seed", "many")
    assert "--seed: -1 is not a whole number, 0 or more" in refused(capsys, "verify", "--seed", "-1")
    assert "--speed" in refused(capsys, "verify", "--speed", "1")
    assert "verify" in refused(capsys, "judge")


def test_a_report_that_cannot_be_written_is_refused_before_the_work_begins(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert f"cannot write a report to {file}" in refused(capsys, "verify", "--report", str(file))


def test_the_version_and_the_help_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in ((["--version"], __version__), (["verify", "--help"], "--requirements")):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from bookdelivery.services import cli; "
        "print([name for name in ('pandas', 'matplotlib', 'scipy', 'simpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_a_reader_who_goes_away_is_no_error_to_tell() -> None:
    with subprocess.Popen(
        [*COMMAND, "verify", "--requirements", "F8", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(timeout=PATIENCE_S) == 128 + signal.SIGPIPE
    assert said == ""


def test_ctrl_c_ends_it_and_its_workers_at_once_without_a_traceback() -> None:
    process = subprocess.Popen(
        [*COMMAND, "verify", "--requirements", "N2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start inherits that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread is about
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.parent.exists():
        process.kill()
        pytest.skip("needs /proc to see the workers")
    workers: list[str] = []
    give_up_at = time.monotonic() + PATIENCE_S
    while len(workers) < 2 and time.monotonic() < give_up_at and process.poll() is None:
        workers = children.read_text(encoding="ascii").split()
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert out == ""
    assert err.endswith("bookdelivery: interrupted\n")
    assert "Traceback" not in err
    # A worker that is told to end takes a moment to be gone, the longer the busier the machine.
    give_up_at = time.monotonic() + PATIENCE_S
    while any(_is_running(worker) for worker in workers) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert not [worker for worker in workers if _is_running(worker)]


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    ("command", "library", "extra"),
    [("verify", "numpy", "sim"), ("simulate siege", "pandas", "sim"), ("design flow PlaceOrder", "networkx", "design")],
)
def test_a_command_whose_extra_is_not_installed_names_it(command: str, library: str, extra: str) -> None:
    # A module that is None cannot be imported: Python's own words for one that is not there.
    program = f"import sys; sys.modules['{library}'] = None; from bookdelivery.services.cli import main; main()"
    typed = [sys.executable, "-c", program, *command.split()]
    done = subprocess.run(typed, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2
    assert f"needs {library}, which is not installed: pip install 'bookdelivery[{extra}]'" in done.stderr
    assert done.stderr.count("\n") == 1
