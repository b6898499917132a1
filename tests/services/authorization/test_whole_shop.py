"""The whole shop as processes of their own, secured, as `bookdelivery serve all` starts it in development."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from bookdelivery.services.authorization.people import PASSWORD
from tests.chromium import chromium
from tests.services.authorization.signing_in import SigningIn
from tests.services.processes import PATIENCE_S, Served, eventually

pytestmark = pytest.mark.services

PURCHASE = {
    "customerName": "Kim Minsu",
    "itemId": 1,
    "itemName": "ITbook",
    "qty": 1,
    "itemPrice": 25_000,
    "deliveryAddress": "Seoul",
    "deliveryPhoneNumber": "01012341234",
}


class Shop:
    """A secured shop that is being served."""

    def __init__(self, folder: Path) -> None:
        self.gateway, self.issuer = (f"http://127.0.0.1:{port}" for port in two_free_ports())
        ports = [
            "--gateway.port",
            self.gateway.rpartition(":")[2],
            "--authorization.port",
            self.issuer.rpartition(":")[2],
        ]
        self.served = Served(folder, "all", "--authorization.development", "true", *ports)
        self.http = httpx.Client(timeout=PATIENCE_S, trust_env=False)

    def answers(self, address: str) -> bool:
        try:
            return self.http.get(address).status_code == 200
        except httpx.TransportError:
            return False

    def token(self, name: str) -> dict[str, str]:
        async def sign_in() -> str:
            async with httpx.AsyncClient(base_url=self.issuer, timeout=PATIENCE_S, trust_env=False) as http:
                return str((await SigningIn(http).tokens(name))["access_token"])

        return {"authorization": f"Bearer {asyncio.run(sign_in())}"}


def two_free_ports() -> list[int]:
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [int(door.getsockname()[1]) for door in doors]
    for door in doors:
        door.close()
    return ports


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    one = Shop(tmp_path)
    try:
        for address in (f"{one.gateway}/readyz", f"{one.issuer}/jwks"):
            eventually(lambda address=address: one.answers(address))  # type: ignore[misc]
        for context in ("order", "ordermanagement", "delivery", "payment", "mypage"):
            eventually(lambda context=context: one.served.is_ready(context))  # type: ignore[misc]
        yield one
    finally:
        one.http.close()
        one.served.end()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path / "chromium") as chrome:
        yield chrome


def test_a_customer_orders_signs_in_with_a_browser_and_watches_while_staff_take_and_pack(
    shop: Shop, browser: webdriver.Chrome
) -> None:
    minsu, staff = shop.token("minsu"), shop.token("storekeeper")
    placed = shop.http.post(f"{shop.gateway}/orders", json=PURCHASE, headers=minsu)
    assert (placed.status_code, placed.json()["orderStatus"], placed.json()["customerId"]) == (201, "placed", 2)
    order_id = placed.json()["orderId"]
    assert shop.http.get(f"{shop.gateway}/orders/{order_id}", headers=shop.token("yongsun")).status_code == 404
    assert shop.http.get(shop.served.at("order", f"/orders/{order_id}")).status_code == 401, "not past the gateway"

    def page_is_there() -> bool:
        return shop.http.get(f"{shop.gateway}/myPages/{order_id}", headers=minsu).status_code == 200

    eventually(page_is_there)
    browser.get(f"{shop.gateway}/myPages/{order_id}?lang=ko")
    wait = WebDriverWait(browser, PATIENCE_S)
    wait.until(lambda at: at.find_element(By.ID, "name"))
    assert browser.current_url.startswith(shop.issuer)
    browser.find_element(By.ID, "name").send_keys("minsu")
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.TAG_NAME, "button").click()
    wait.until(lambda at: at.current_url.startswith(f"{shop.gateway}/myPages/{order_id}"))
    wait.until(lambda at: "주문" in at.title)
    assert not browser.execute_script("return document.cookie"), "no script can read the session"

    def at_the_store() -> list[int]:
        found = shop.http.get(f"{shop.gateway}/ordermgmts", headers=staff).json()["_embedded"]["ordermgmts"]
        return [one["orderMgmtId"] for one in found if one["orderId"] == order_id]

    eventually(lambda: bool(at_the_store()))
    for verb in ("take", "pack"):
        answer = shop.http.post(f"{shop.gateway}/ordermgmts/{at_the_store()[0]}/{verb}", headers=staff)
        assert answer.status_code == 200, answer.text
    # The page follows by itself, through the gateway.
    wait.until(lambda at: "배송" in at.find_element(By.ID, "status").text)
