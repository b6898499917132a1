"""What is pinned is what is declared, and the Makefile says what is wrong with a machine."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bookdelivery import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = [
    line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.lstrip().startswith("#")
]


def declared() -> list[Requirement]:
    lines = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    return [requirement for requirement in map(Requirement, lines) if requirement.name != "bookdelivery"]


def test_the_version_is_a_valid_one() -> None:
    assert str(Version(__version__)) == __version__


def test_every_constraint_is_one_exact_version() -> None:
    exact = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+( ; .+)?")
    assert len(PINS) > 50
    assert [line for line in PINS if not exact.fullmatch(line)] == []


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_every_declared_dependency_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    pins = {canonicalize_name(pin.name): str(pin.specifier) for pin in map(Requirement, PINS)}
    pin = pins[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pin.removeprefix("=="))
    assert ">=" in str(requirement.specifier), "a lower bound says what is needed at least"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A stand-in for an interpreter; the shell lines in `python.answers` beside it decide how it fares."""
    stand_in = tmp_path / "python"
    stand_in.write_text('#!/bin/sh\ncase "$*" in\n' + '*--version) echo Python 3.10.9 ;;\n*) . "$0.answers" ;;\nesac\n')
    stand_in.chmod(0o755)
    return stand_in


def make(python: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    venv = tmp_path / "venv"
    command = ["make", "--directory", str(ROOT), f"PYTHON={python}", f"VENV={venv}", f"{venv}/.created"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")


@needs_make
def test_make_names_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    refused = make(tmp_path / "nowhere", tmp_path)
    assert refused.returncode != 0
    assert f"error: no '{tmp_path}/nowhere' on the PATH" in refused.stderr


@needs_make
def test_make_refuses_an_interpreter_that_is_too_old(python: Path, tmp_path: Path) -> None:
    Path(f"{python}.answers").write_text('case "$2" in *version_info*) exit 1 ;; esac\n')
    refused = make(python, tmp_path)
    assert refused.returncode != 0
    assert "error: Python 3.10.9 is too old, bookdelivery needs 3.11 or newer" in refused.stderr


@needs_make
def test_make_says_how_to_get_a_missing_venv_module(python: Path, tmp_path: Path) -> None:
    Path(f"{python}.answers").write_text('case "$2" in *ensurepip*) exit 1 ;; esac\n')
    refused = make(python, tmp_path)
    assert refused.returncode != 0
    assert "cannot make virtual environments; install its venv module" in refused.stderr


@needs_make
def test_a_half_made_environment_is_not_taken_for_a_finished_one(python: Path, tmp_path: Path) -> None:
    Path(f"{python}.answers").write_text('case "$2" in venv) mkdir -p "$3/bin"; exit 1 ;; esac\n')
    assert make(python, tmp_path).returncode != 0
    assert (tmp_path / "venv" / "bin").is_dir()
    assert make(python, tmp_path).returncode != 0
