"""Signing in at the gateway as a browser does, with the authorization server for development."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bookdelivery.services.authorization.people import PASSWORD
from tests.adapters.inbound.gateway.running import Secured, secured
from tests.services.authorization.signing_in import Authorization, SigningIn, authorization

PAGE = {"accept": "text/html,*/*;q=0.8"}


def in_a_shop(test: Callable[[Secured, Authorization], Awaitable[None]]) -> None:
    async def body() -> None:
        async with authorization() as server, secured(authorization=server.issuer) as one:
            await test(one, server)

    asyncio.run(body())


async def an_order(one: Secured, server: Authorization, name: str) -> int:
    token = (await SigningIn(server.http).tokens(name))["access_token"]
    purchase: dict[str, Any] = {
        "customerName": "Kim Minsu",
        "itemId": 1,
        "itemName": "ITbook",
        "qty": 1,
        "itemPrice": 25_000,
        "deliveryAddress": "Seoul",
        "deliveryPhoneNumber": "01012341234",
    }
    answer = await one.http.post("/orders", json=purchase, headers=one.bearer(token))
    assert answer.status_code == 201, answer.text
    await one.shop.settle()
    return int(answer.json()["orderId"])


async def sign_in(browser: httpx.AsyncClient, page: str, name: str) -> httpx.Response:
    """Ask for a page, sign in where that leads to, and give the answer to the way back."""
    sent_away = await browser.get(page, headers=PAGE)
    assert sent_away.status_code == 303, sent_away.text
    form = await browser.get(sent_away.headers["location"])
    assert form.status_code == 200
    back = await browser.post(sent_away.headers["location"], data={"name": name, "password": PASSWORD})
    assert back.status_code == 302, back.text
    return await browser.get(back.headers["location"])


def test_a_customer_asks_for_a_page_signs_in_and_sees_it_live() -> None:
    async def body(one: Secured, server: Authorization) -> None:
        order_id = await an_order(one, server, "minsu")
        async with httpx.AsyncClient(timeout=120, trust_env=False) as browser:
            here = f"{one.gateway}/myPages/{order_id}"
            back = await sign_in(browser, f"{here}?lang=ko", "minsu")
            assert (back.status_code, back.headers["location"]) == (303, f"/myPages/{order_id}?lang=ko")
            cookie = back.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            shown = await browser.get(f"{here}?lang=ko", headers=PAGE)
            assert (shown.status_code, "ITbook" in shown.text) == (200, True)
            async with browser.stream("GET", here, headers={"accept": "text/event-stream"}) as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        break
                assert '"orderStatus":"placed"' in line

    in_a_shop(body)


def test_the_cookie_reads_and_changes_nothing_and_another_customers_page_is_not_there() -> None:
    async def body(one: Secured, server: Authorization) -> None:
        mine, theirs = await an_order(one, server, "minsu"), await an_order(one, server, "yongsun")
        async with httpx.AsyncClient(base_url=one.gateway, timeout=120, trust_env=False) as browser:
            await sign_in(browser, f"{one.gateway}/myPages/{mine}", "minsu")
            assert (await browser.get(f"/orders/{mine}")).status_code == 200
            assert (await browser.get(f"/orders/{theirs}")).status_code == 404
            for path in (f"/orders/{mine}/cancel", "/orders"):
                assert (await browser.post(path, json={})).status_code == 401
            assert (await browser.patch(f"/orders/{mine}", json={"orderStatus": "cancel"})).status_code == 401
            assert (await browser.get(f"/orders/{mine}", headers={"authorization": "Bearer x"})).status_code == 401

    in_a_shop(body)


def test_a_sign_in_that_was_not_begun_here_ends_nowhere() -> None:
    async def body(one: Secured, server: Authorization) -> None:
        async with (
            httpx.AsyncClient(timeout=120, trust_env=False) as attacker,
            httpx.AsyncClient(timeout=120, trust_env=False) as victim,
        ):
            begun = await attacker.get(f"{one.gateway}/myPages/1", headers=PAGE)
            back = await attacker.post(begun.headers["location"], data={"name": "yongsun", "password": PASSWORD})
            link = back.headers["location"]
            refused = await victim.get(link)
            assert (refused.status_code, "set-cookie" in refused.headers) == (400, False)
            for query in ("", "?state=made-up&code=x", "?code=x", "?error=access_denied"):
                assert (await victim.get(f"{one.gateway}/signed-in{query}")).status_code == 400
            assert (await attacker.get(link)).status_code == 303, "who began it may end it"
            assert (await attacker.get(link)).status_code == 400, "and once only"

    in_a_shop(body)


def test_programs_are_told_that_a_token_is_needed_and_sent_nowhere() -> None:
    async def body(one: Secured, server: Authorization) -> None:
        for headers in ({}, {"accept": "application/json"}, {"cookie": "bookdelivery-session=made-up"}):
            assert (await one.http.get("/orders", headers=headers)).status_code == 401
        assert (await one.http.post("/orders", json={}, headers=PAGE)).status_code == 401
        assert (await one.http.get("/orders", headers=PAGE | {"authorization": "Bearer x"})).status_code == 401

    in_a_shop(body)
