"""MyPage as a web page: what a browser gets, in both languages."""

from __future__ import annotations

import re

import pytest

from bookdelivery.adapters.inbound.rest.page import in_words, language_of
from bookdelivery.contexts.order.messages import OrderStatus
from bookdelivery.services.mypage_page import MYPAGE_PAGE
from tests.adapters.inbound.rest.serving import PURCHASE, Served, over_the_wire

BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def test_a_browser_is_shown_where_the_order_stands_in_its_language() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        korean = await one.http.get("/myPages/1", headers={**BROWSER, "accept-language": "ko-KR,ko;q=0.9,en;q=0.8"})
        assert korean.headers["content-type"] == "text/html; charset=utf-8"
        assert '<html lang="ko">' in korean.text
        assert re.search(r'role="status"[^>]*>주문됨<', korean.text)
        assert re.search(r'data-state="placed" aria-current="step"', korean.text)
        english = await one.http.get("/myPages/1?lang=en", headers={**BROWSER, "accept-language": "ko"})
        assert re.search(r'role="status"[^>]*>placed<', english.text)
        assert "<dt>item price</dt>" in english.text
        assert ">25,000<" in english.text

    over_the_wire(body)


def test_what_customers_write_is_shown_and_never_run() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json={**PURCHASE, "customerName": "<script>alert(1)</script>"})
        await one.shop.settle()
        page = await one.http.get("/myPages/1", headers=BROWSER)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script>alert" not in page.text

    over_the_wire(body)


def test_nothing_is_loaded_or_run_but_what_the_page_brings_along() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        pages = [await one.http.get("/myPages/1", headers=BROWSER) for _ in range(2)]
        nonces = [re.findall(r'<s(?:cript|tyle) nonce="([^"]+)"', page.text) for page in pages]
        assert all(len(set(once)) == 1 for once in nonces)
        assert nonces[0] != nonces[1]
        policy = pages[0].headers["content-security-policy"]
        assert f"script-src 'nonce-{nonces[0][0]}'" in policy
        assert "default-src 'none'" in policy
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", pages[0].text)

    over_the_wire(body)


def test_of_what_is_not_known_yet_the_page_says_so_and_looks_again() -> None:
    async def body(one: Served) -> None:
        page = await one.http.get("/myPages/1?lang=ko", headers=BROWSER)
        assert page.status_code == 404
        assert "아직 알려진 내용이 없습니다" in page.text
        assert "location.reload()" in page.text

    over_the_wire(body)


def test_every_state_of_an_order_has_its_words() -> None:
    shown = (*MYPAGE_PAGE.path, *MYPAGE_PAGE.others)
    assert set(shown) == {state.value for state in OrderStatus}
    assert [name for name in (*shown, *MYPAGE_PAGE.fields) if name not in MYPAGE_PAGE.language] == []


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "ko", "ko"),
        (None, "en-US,en;q=0.9,ko;q=0.8", "en"),
        (None, "fr, ko;q=0.5, en;q=0.4", "ko"),
        (None, "en,ko", "en"),
        (None, "ko;q=much", "en"),
        ("en", "ko", "en"),
        ("fr", "ko", "ko"),
    ],
)
def test_the_language_is_what_was_asked_for_or_else_what_the_browser_likes_best(
    asked: str | None, accepted: str, language: str
) -> None:
    assert language_of(asked, accepted) == language


def test_a_name_of_the_wire_is_put_into_words() -> None:
    assert in_words("deliveryPhoneNumber") == "delivery phone number"
