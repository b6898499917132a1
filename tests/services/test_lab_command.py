"""`bookdelivery lab` gives everybody notebooks of his own, never takes a change away, and opens JupyterLab on them."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from bookdelivery.kernel.errors import MissingExtra
from bookdelivery.services import lab_command
from bookdelivery.services.lab_command import Copied, UnusableDirectory, copy_notebooks, notebooks, run_lab

ROOT = Path(__file__).parents[2]


def test_all_notebooks_are_copied_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    told = copy_notebooks(place)
    assert set(told.values()) == {Copied.NEW}
    assert sorted(told) == sorted(file.name for file in place.iterdir()) == [one.name for one in notebooks()]
    assert set(copy_notebooks(place).values()) == {Copied.SAME}


def test_a_changed_copy_is_left_alone_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy_notebooks(tmp_path)
    mine = tmp_path / notebooks()[0].name
    mine.write_text("mine")
    assert run_lab(tmp_path, browser=False, port=None, copy_only=True, allow_root=False) == 0
    assert mine.read_text() == "mine"
    told = capsys.readouterr().out
    assert f"{mine.name}: kept as you changed it" in told
    assert f"{len(notebooks())} notebooks in {tmp_path}, 0 of them new" in told


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableDirectory, match=re.escape(str(tmp_path / "file"))):
        copy_notebooks(tmp_path / "file")


def test_without_jupyterlab_the_extra_is_named_and_copies_can_still_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab_command, "find_spec", lambda name: None if name == "jupyterlab" else find_spec(name))
    with pytest.raises(MissingExtra, match=r"jupyterlab.*bookdelivery\[notebooks\]"):
        run_lab(tmp_path / "no", browser=False, port=None, copy_only=False, allow_root=False)
    assert not (tmp_path / "no").exists()
    assert run_lab(tmp_path / "yes", browser=False, port=None, copy_only=True, allow_root=False) == 0


@pytest.mark.slow
def test_the_notebooks_travel_with_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    [wheel] = tmp_path.glob("*.whl")
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    where = "import bookdelivery, sys; print(bookdelivery.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = subprocess.run(
        [sys.executable, "-c", where], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(unpacked) in found.stdout
    command = [sys.executable, "-m", "bookdelivery", "lab", "mine", "--copy-only"]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True)
    copies = {file.name: file.read_bytes() for file in (tmp_path / "mine").iterdir()}
    assert copies == {one.name: one.read_bytes() for one in (ROOT / "notebooks").glob("*.ipynb")}


@pytest.mark.slow
def test_jupyterlab_answers_and_shows_the_copies(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "bookdelivery", "lab", "mine", "--no-browser", "--port=0", "--allow-root"]
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_TOKEN": "opens"}
    with log.open("w") as told:
        lab = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=told, stderr=told)
    try:
        port = _port(lab, log)
        assert _asked(port, "/lab") == 200
        assert _asked(port, f"/api/contents/{notebooks()[0].name}?content=0") == 200
        assert _asked(port, "/api/contents/nothing.ipynb?content=0") == 404
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.wait(timeout=120)


def _port(lab: subprocess.Popen[bytes], log: Path, patience_s: float = 240) -> int:
    over = time.monotonic() + patience_s
    while time.monotonic() < over:
        found = re.search(r"http://localhost:(\d+)/lab", log.read_text())
        if found:
            return int(found[1])
        assert lab.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def _asked(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("GET", path, headers={"Authorization": "token opens"})
        return connection.getresponse().status
