"""The configuration: where values may come from, which one counts, and what is said of wrong ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import attrs
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.config import Config, HttpSection
from bookdelivery.services.config_loading import UnreadableConfig, WrongSetting, load_config
from bookdelivery.services.config_printing import printed
from bookdelivery.services.masking import masked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "bookdelivery.toml"
    written.write_text('[http]\nfirst_port = 9000\nhost = "192.0.2.1"\n[data.stores]\nmypage = "file:///pages"\n')
    return written


def test_with_nothing_said_the_bookstore_runs_on_sqlite() -> None:
    assert load_config().config == Config()
    assert Config().data.url == "sqlite:///bookdelivery.db"


def test_flags_count_more_than_the_environment_and_that_more_than_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_config(file).config.http == HttpSection(first_port=9000, host="192.0.2.1")
    monkeypatch.setenv("BOOKDELIVERY_HTTP_FIRST_PORT", "9100")
    monkeypatch.setenv("BOOKDELIVERY_GRPC_ENABLED", "yes")
    monkeypatch.setenv("BOOKDELIVERY_HTTP_AT", '{"payment": "http://payment:8084"}')
    assert load_config(file).config.http.first_port == 9100
    loaded = load_config(file, {"http.first-port": "9200", "gateway.allowed_origins": "https://a, https://b"})
    assert loaded.config.http == HttpSection(first_port=9200, host="192.0.2.1", at={"payment": "http://payment:8084"})
    assert loaded.config.grpc.enabled is True
    assert loaded.config.gateway.allowed_origins == ("https://a", "https://b")
    assert loaded.config.data.stores == {"mypage": "file:///pages"}
    assert loaded.sources["http.first_port"] == "--http.first-port"
    assert loaded.sources["http.host"] == str(file)
    assert loaded.sources["grpc.enabled"] == "BOOKDELIVERY_GRPC_ENABLED"


def test_the_environment_can_name_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKDELIVERY_CONFIG", str(file))
    assert load_config().config.http.first_port == 9000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[http]\nfirst_port = 'x'", "[http] first_port is 'x', but must be a whole number from 1 to 65535"),
        ("[http]\nfirst_port = true", "[http] first_port is True, but must be"),
        ("[http]\nfirst_prot = 1", "[http] first_prot is not known; did you mean first_port?"),
        ("[http]\ncolour = 1", "[http] colour is not known; [http] has host, first_port, at"),
        ("[https]\nport = 1", "[https] is no section; the sections are [authorization], [data], "),
        ("port = 1", "[port] is no section"),
        ("[operations]\nlog_format = 'xml'", "[operations] log_format is 'xml', but must be one of text, json"),
        ("[operations]\ndrain_s = -1", "[operations] drain_s is -1, but must be a number of seconds, 0 or more"),
        ("[operations]\ndrain_s = inf", "[operations] drain_s is inf, but must be"),
        ("[operations]\nmetrics = 'perhaps'", "[operations] metrics is 'perhaps', but must be true or false"),
        ("[data]\nstores = 'x'", "[data] stores is 'x', but must be a table of texts"),
        ("[data.stores]\nmypage = 1", "[data] stores is {'mypage': 1}, but must be a table of texts"),
        ("[gateway]\nallowed_origins = [1]", "[gateway] allowed_origins is [1], but must be a list of texts"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(text)
    with pytest.raises(WrongSetting) as told:
        load_config(file)
    assert f"{file}: {words}" in str(told.value)


def test_what_is_wrong_in_the_environment_or_a_flag_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSetting, match=r"^--grpc\.enabled is 'maybe', but must be true or false$"):
        load_config(None, {"grpc.enabled": "maybe"})
    monkeypatch.setenv("BOOKDELIVERY_HTTP_PORT", "1")
    with pytest.raises(WrongSetting, match=r"^BOOKDELIVERY_HTTP_PORT: \[http\] port is not known; "):
        load_config()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfig, match=r"nowhere.toml cannot be read: No such file or directory"):
        load_config(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[http\n")
    with pytest.raises(UnreadableConfig, match=r"broken.toml is no TOML: .*line 1"):
        load_config(broken)


def test_a_program_that_makes_a_section_is_held_to_the_same() -> None:
    with pytest.raises(InvalidField, match=r"HttpSection\.first_port is '9000', but must be a whole number"):
        HttpSection(first_port="9000")  # type: ignore[arg-type]


def test_what_is_printed_is_a_file_that_gives_the_same_again_but_for_its_secrets(file: Path, tmp_path: Path) -> None:
    flags = {"data.url": "postgresql://shop:geheim@db/shop?sslpassword=geheim", "operations.metrics": "on"}
    loaded = load_config(file, flags)
    text = printed(loaded)
    assert "geheim" not in text
    assert 'url = "postgresql://shop:***@db/shop?sslpassword=***"  # --data.url\n' in text
    again = tmp_path / "again.toml"
    again.write_text(text)
    open_data = attrs.evolve(loaded.config.data, url=tomllib.loads(text)["data"]["url"])
    assert load_config(again).config == attrs.evolve(loaded.config, data=open_data)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://shop:geheim@db/shop", "postgresql://shop:***@db/shop"),
        ("redis://:geheim@localhost:6379/0", "redis://:***@localhost:6379/0"),
        ("kafka://shop:ge@heim@k1:9093,k2:9093/t", "kafka://shop:***@k1:9093,k2:9093/t"),
        ("kafka://k:9093/t?ssl.key.password=geheim&x=1", "kafka://k:9093/t?ssl.key.password=***&x=1"),
        ("sqlite:///shop@home:x.db", "sqlite:///shop@home:x.db"),
    ],
)
def test_passwords_in_urls_are_masked(url: str, shown: str) -> None:
    assert masked(url) == shown
