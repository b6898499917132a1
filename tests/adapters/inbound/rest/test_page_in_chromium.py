"""MyPage in a real browser: the customer sees each change without reloading."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.adapters.inbound.rest.serving import PURCHASE, Served, over_the_wire
from tests.chromium import chromium

pytestmark = pytest.mark.services

PATIENCE_S = 120
"""Seconds after which a browser that shows nothing has failed."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path) as chrome:
        yield chrome


def test_the_customer_sees_each_change_without_reloading(browser: webdriver.Chrome) -> None:
    def shows(status: str) -> None:
        WebDriverWait(browser, PATIENCE_S).until(lambda at: at.find_element(By.ID, "status").text == status)

    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        await asyncio.to_thread(browser.get, f"{one.base}/myPages/1?lang=ko")
        await asyncio.to_thread(shows, "주문됨")
        await asyncio.to_thread(browser.execute_script, "window.loadedOnce = true")
        await one.http.post("/ordermgmts/1/take")
        await asyncio.to_thread(shows, "접수됨")
        current = browser.find_element(By.CSS_SELECTOR, "[aria-current=step]")
        assert await asyncio.to_thread(lambda: current.text) == "접수됨"
        await one.http.post("/orders/1/cancel")
        await one.shop.settle()
        await asyncio.to_thread(shows, "취소됨")
        assert await asyncio.to_thread(browser.execute_script, "return window.loadedOnce") is True
        assert await asyncio.to_thread(browser.get_log, "browser") == []

    over_the_wire(body)


def test_a_page_opened_too_early_finds_the_order_by_itself(browser: webdriver.Chrome) -> None:
    def shows(status: str) -> None:
        WebDriverWait(browser, PATIENCE_S, ignored_exceptions=[Exception]).until(
            lambda at: at.find_element(By.ID, "status").text == status
        )

    async def body(one: Served) -> None:
        await asyncio.to_thread(browser.get, f"{one.base}/myPages/1?lang=en")
        await asyncio.to_thread(shows, "Nothing is known of this yet. The page looks again by itself.")
        await one.http.post("/orders", json=PURCHASE)
        await asyncio.to_thread(shows, "placed")

    over_the_wire(body)
