"""The same service on Litestar: `uvicorn examples.embedded_in_a_service.with_litestar:app`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from bookdelivery import Bookstore, InvalidField, PlaceOrder, Refused, Unavailable
from examples.embedded_in_a_service.gifts import BOOKSTORE_WITH_GIFTS


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    """Have the bookstore at work while the service is, and everything in hand finished before it ends."""
    url = os.environ.get("BOOKSTORE_URL", "memory://")
    async with Bookstore.open(url, system=BOOKSTORE_WITH_GIFTS) as shop:
        app.state.shop = shop
        yield
        await shop.settle()


@get("/timetable")
async def timetable() -> list[str]:
    """Answer as the service did before there was a bookstore in it."""
    return ["Monday: event storming", "Tuesday: sagas"]


@post("/textbooks")
async def order_textbooks(state: State, student: FromQuery[int], copies: FromQuery[int]) -> dict[str, Any]:
    """Order books for a student: a command to the bookstore."""
    placed = await state.shop.send(
        PlaceOrder(
            customer_id=student,
            customer_name=f"student {student}",
            item_id=1,
            item_name="ITbook",
            qty=copies,
            item_price=25_000,
            delivery_address="the school's office",
            delivery_phone_number="01012341234",
        )
    )
    return {"order": placed.order_id, "status": placed.order_status, "complete": placed.complete}


@get("/textbooks/{order_id:int}")
async def textbooks(state: State, order_id: FromPath[int]) -> dict[str, Any]:
    """Show how an order stands, and whether a gift comes with it."""
    row = await state.shop.mypage(order_id)
    if row is None:
        raise NotFoundException("no such order (yet)")
    gift = await state.shop.read("mygifts", order_id)
    return {"order": order_id, "status": row.order_status, "gift": gift is not None and not gift.removed}


def answering(status: int) -> Any:
    """Make what answers a request with an error of the bookstore's."""

    def answer(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
        return Response({"detail": str(error)}, status_code=status)

    return answer


app = Litestar(
    [timetable, order_textbooks, textbooks],
    lifespan=[lifespan],
    exception_handlers={InvalidField: answering(422), Refused: answering(409), Unavailable: answering(503)},
)
