"""`bookdelivery serve` as it is typed: what it prints of its configuration, and what its processes are told."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bookdelivery.services.cli import main
from bookdelivery.services.config_loading import Flags
from bookdelivery.services.masking import HIDDEN
from bookdelivery.services.serve_command import as_arguments


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Give the configuration that it prints."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "order", "--print-config", *arguments])
    assert ended.value.code == 0
    return tomllib.loads(capsys.readouterr().out)


def test_long_and_short_flags_and_the_file_come_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shop.toml"
    file.write_text("[http]\nfirst_port = 9000\n")
    flags = ("--url", "sqlite:///a.db", "--stores.mypage", "file:///pages", "--operations.drain-s", "3")
    found = printed(capsys, "--config", str(file), *flags)
    assert found["http"]["first_port"] == 9000
    assert (found["data"]["url"], found["data"]["stores"]) == ("sqlite:///a.db", {"mypage": "file:///pages"})
    assert found["operations"]["drain_s"] == 3


def test_what_is_said_to_all_is_told_to_each_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shop.toml"
    file.write_text("[grpc]\nenabled = true\n")
    flags: Flags = {
        "data.url": "sqlite:///b.db",
        "data.stores": {"mypage": "file:///pages", "delivery": "sqlite:///d.db"},
        "http.at": {"payment": "http://payment:8084"},
        "http.first_port": "9100",
        "operations.log-format": "json",
    }
    typed = printed(capsys, *as_arguments(file, flags))
    assert typed["grpc"]["enabled"] is True
    assert typed["data"] == {
        "url": "sqlite:///b.db",
        "broker_url": "",
        "stores": {"mypage": "file:///pages", "delivery": "sqlite:///d.db"},
    }
    assert (typed["http"]["at"], typed["http"]["first_port"]) == ({"payment": "http://payment:8084"}, 9100)
    assert typed["operations"]["log_format"] == "json"


def test_a_secret_is_not_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKDELIVERY_SECURITY_CLIENT_SECRET", "geheim")
    monkeypatch.setenv("BOOKDELIVERY_DATA_URL", "postgresql://shop:geheim@db/shop")
    found = printed(capsys)
    assert found["security"]["client_secret"] == HIDDEN
    assert found["data"]["url"] == "postgresql://shop:***@db/shop"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--operations.colour", "red"), "--operations.colour is not known; [operations] has log_format"),
        (("--config", "nowhere.toml"), "the configuration file nowhere.toml cannot be read"),
        (("--operation.metrics", "yes"), "--operation.metrics is not known; the sections are "),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "order", *arguments])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in told
    assert told.count("\n") == 1
