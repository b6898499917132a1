"""The built site in a real browser: every page loads, search finds Korean and English, a telephone is wide enough."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.chromium import chromium
from tests.docs.blocks import ROOT
from tests.handbook.check import problems

pytestmark = [pytest.mark.services, pytest.mark.timeout(1200)]

PATIENCE_S = 240
"""Seconds after which a browser that shows nothing has failed."""

TELEPHONE = 412, 915


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the site as `make docs` built it; without one that is newer than all pages, build it."""
    built = ROOT / "site"
    written = max(path.stat().st_mtime for path in (ROOT / "docs").rglob("*.md"))
    if (built / "index.html").exists() and (built / "index.html").stat().st_mtime >= written:
        return built
    if not os.environ.get("CI"):
        pytest.importorskip("mkdocs", reason="run `make docs` before")
    directory = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, "-m", "tests.handbook", "api", "docs"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", directory], cwd=ROOT, check=True)
    return directory


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def base(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as chrome:
        chrome.set_page_load_timeout(PATIENCE_S)
        yield chrome


def addresses(site: Path) -> list[str]:
    """Give the pages, of those that are made by the same pattern a few."""
    pages = [path.parent.relative_to(site).as_posix() for path in sorted(site.rglob("index.html"))]
    alike = {
        folder: [page for page in pages if page.startswith(folder)] for folder in ("reference/api", "reference/rules")
    }
    return [page for page in pages if page not in {*alike["reference/api"][3:], *alike["reference/rules"][3:]}]


def test_the_site_is_whole(site: Path) -> None:
    assert list(problems(site)) == []


def test_every_page_loads_without_a_complaint_and_fits_a_telephone(
    site: Path, base: str, browser: webdriver.Chrome
) -> None:
    browser.set_window_size(*TELEPHONE)
    wide, without_words = [], []
    for page in addresses(site):
        browser.get(f"{base}/{page}/")
        width = browser.execute_script("return document.documentElement.scrollWidth")
        if width > browser.execute_script("return document.documentElement.clientWidth"):
            wide.append((page, width))
        without_words += [
            (page, image.get_attribute("src"))
            for image in browser.find_elements(By.TAG_NAME, "img")
            if not image.get_attribute("alt")
        ]
    assert wide == []
    assert without_words == []
    complaints = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert complaints == []


@pytest.mark.parametrize(("word", "found"), [("주문", "ko/"), ("outbox", "explanation/outbox-and-inbox/")])
def test_search_finds(word: str, found: str, base: str, browser: webdriver.Chrome) -> None:
    browser.set_window_size(1280, 900)
    browser.get(f"{base}/?q={word}")

    def leads(at: webdriver.Chrome) -> bool:
        links = at.find_elements(By.CSS_SELECTOR, ".md-search-result__link")
        return any(found in (link.get_attribute("href") or "") for link in links)

    WebDriverWait(browser, PATIENCE_S).until(leads)


def test_a_reader_chooses_dark(base: str, browser: webdriver.Chrome) -> None:
    def ground() -> str:
        return str(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    browser.set_window_size(1280, 900)
    browser.get(base)
    before = ground()
    for _ in range(2):
        shown = [
            one for one in browser.find_elements(By.CSS_SELECTOR, ".md-header__option label") if one.is_displayed()
        ]
        shown[0].click()
    WebDriverWait(browser, PATIENCE_S).until(lambda _: ground() != before)
