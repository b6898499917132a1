"""The gateway's limits on the wire, one of each kind; `tests/services/attacks` tries them all."""

from __future__ import annotations

import asyncio

from tests.adapters.inbound.gateway.running import PURCHASE, Secured, behind_the_gateway, raw


def test_more_than_ones_share_is_held_off_and_let_in_again_later() -> None:
    async def body(one: Secured) -> None:
        answers = [await one.http.get("/orders", headers=one.bearer(jti=f"t{number}")) for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].json()["type"] == "urn:bookdelivery:problem:too-many-requests"
        assert int(answers[-1].headers["retry-after"]) >= 50
        assert (await one.http.get("/orders", headers=one.bearer(sub="another"))).status_code == 200

    behind_the_gateway(body, limits={"per_caller_per_second": 0.01, "burst_s": 200.0})


def test_requests_sent_in_one_go_are_answered_in_order() -> None:
    async def body(one: Secured) -> None:
        head = f"host: x\r\nauthorization: Bearer {one.issuer.token()}\r\n"
        ask = f"GET /orders HTTP/1.1\r\n{head}\r\n".encode()
        last = f"GET /myPages HTTP/1.1\r\n{head}connection: close\r\n\r\n".encode()
        said = (await raw(one.gateway, ask + ask + last[:30], 0.2, last[30:])).decode()
        assert said.count("HTTP/1.1 200 OK") == 3
        assert said.index('"orders"') < said.index('"myPages"')

    behind_the_gateway(body)


def test_a_body_too_long_is_refused_and_the_connection_lives_on_if_it_ends() -> None:
    async def body(one: Secured) -> None:
        for _ in range(2):
            answer = await one.http.post("/orders", content=b"x" * 70_000, headers=one.bearer())
            assert (answer.status_code, answer.json()["type"]) == (413, "urn:bookdelivery:problem:too-large")
        assert (await one.http.post("/orders", json=PURCHASE, headers=one.bearer())).status_code == 201

    behind_the_gateway(body)


def test_who_is_slow_is_cut_off_and_others_are_not() -> None:
    async def body(one: Secured) -> None:
        slow = asyncio.create_task(raw(one.gateway, b"GET /orders HTTP/1.1\r\n", 30.0))
        assert (await one.http.get("/livez")).status_code == 200
        said = (await slow).decode()
        assert said.startswith("HTTP/1.1 408 Request Timeout")
        assert "urn:bookdelivery:problem:too-slow" in said

    behind_the_gateway(body, limits={"headers_within_s": 1.0})


def test_pages_of_an_allowed_origin_may_read_answers_and_are_told_so_beforehand() -> None:
    async def body(one: Secured) -> None:
        page = {"origin": "https://shop.example"}
        asked = page | {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        before = await one.http.options("/orders", headers=asked)
        assert before.status_code == 204
        assert before.headers["access-control-allow-origin"] == "https://shop.example"
        assert "authorization" in before.headers["access-control-allow-headers"]
        placed = await one.http.post("/orders", json=PURCHASE, headers=one.bearer() | page)
        assert (placed.status_code, placed.headers["vary"]) == (201, "Origin")
        assert "location" in placed.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in placed.headers

    behind_the_gateway(body, limits={"allowed_origins": ("https://shop.example",)})
