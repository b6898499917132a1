"""What grows is put on huge pages, where the system offers them."""

from pathlib import Path

import pytest

from bookdelivery.simulation import _huge_pages
from bookdelivery.simulation._huge_pages import HugePages, are_offered


def on_huge_pages_kb() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    [kb] = [int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:")]
    return kb


@pytest.mark.skipif(not are_offered(), reason="this system offers no huge pages to programs that ask for them")
def test_objects_of_a_process_that_grows_are_put_on_huge_pages() -> None:
    with HugePages() as pages:
        pages.look()
        before_kb = on_huge_pages_kb()
        objects = [bytes(400) for _ in range(400_000)]
        pages.look()
    assert on_huge_pages_kb() - before_kb > 64 << 10
    assert all(one == bytes(400) for one in objects[::1000])


@pytest.mark.skipif(not are_offered(), reason="as above")
def test_a_process_that_does_not_grow_is_not_looked_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(_huge_pages, "_ask", lambda: asked.append(1))
    with HugePages() as pages:
        for _ in range(5):
            pages.look()
    assert len(asked) == 1


@pytest.mark.parametrize(("setting", "offered"), [("always [madvise] never", True), ("always madvise [never]", False)])
def test_nothing_is_asked_for_where_the_administrator_wants_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, offered: bool
) -> None:
    (tmp_path / "enabled").write_text(f"{setting}\n")
    monkeypatch.setattr(_huge_pages, "_SETTING", tmp_path / "enabled")
    monkeypatch.setattr("sys.platform", "linux")
    assert are_offered() is offered


def test_a_system_without_that_setting_offers_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_huge_pages, "_SETTING", tmp_path / "none")
    assert not are_offered()
