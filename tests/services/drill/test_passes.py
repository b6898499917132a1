"""Who comes to a drill has a token that is theirs: of a customer by turns, or of the store's people."""

from __future__ import annotations

import asyncio

import pytest
from joserfc import jwt

from bookdelivery.kernel.errors import Unavailable
from bookdelivery.services.authorization.people import PEOPLE
from bookdelivery.services.drill.passes import CUSTOMERS, Passes
from bookdelivery.services.drill.ports import HOST, free_ports
from tests.services.authorization.signing_in import authorization


def test_customers_sign_in_by_turns_and_those_of_the_store_come_as_such() -> None:
    async def body() -> None:
        async with authorization() as server:
            passes = Passes(server.issuer)
            try:
                first, second, staff = [await passes(who) for who in (1, 2, None)]
                assert [await passes(who) for who in (3, 4, None)] == [first, second, staff], "got once"
            finally:
                await passes.close()
            claims = [jwt.decode(token, server.keys.signing()).claims for token in (first, second, staff)]
            customers = [PEOPLE[CUSTOMERS[number % 2]].customer_id for number in (1, 2)]
            assert [one.get("customer_id") for one in claims] == [*customers, None]
            assert [one.get("roles") for one in claims] == [None, None, ["staff"]]
            assert "orders:write" in claims[0]["scope"].split()
            assert "ordermgmts:write" in claims[2]["scope"].split()

    asyncio.run(body())


def test_a_token_is_replaced_before_it_ends() -> None:
    async def body() -> None:
        now_s = 0.0
        async with authorization() as server:
            passes = Passes(server.issuer, lambda: now_s)
            try:
                for who in (1, None):
                    now_s = 0.0
                    first = await passes(who)
                    now_s = 800.0
                    assert await passes(who) == first
                    now_s = 890.0
                    assert await passes(who) != first, "it is good for 900 s"
            finally:
                await passes.close()

    asyncio.run(body())


def test_an_issuer_that_is_not_there_is_told() -> None:
    async def body() -> None:
        passes = Passes(f"http://{HOST}:{free_ports(1)}")
        try:
            with pytest.raises(Unavailable, match="does not answer"):
                await passes(1)
        finally:
            await passes.close()

    asyncio.run(body())
