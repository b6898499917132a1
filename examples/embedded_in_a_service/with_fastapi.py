"""A FastAPI service with the bookstore in its lifespan: `uvicorn examples.embedded_in_a_service.with_fastapi:app`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from bookdelivery import Bookstore, InvalidField, PlaceOrder, Refused, Unavailable
from examples.embedded_in_a_service.gifts import BOOKSTORE_WITH_GIFTS


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Have the bookstore at work while the service is, and everything in hand finished before it ends."""
    url = os.environ.get("BOOKSTORE_URL", "memory://")
    async with Bookstore.open(url, system=BOOKSTORE_WITH_GIFTS) as shop:
        app.state.shop = shop
        yield
        await shop.settle()


app = FastAPI(title="A school's office", lifespan=lifespan)


@app.get("/timetable")
async def timetable() -> list[str]:
    """Answer as the service did before there was a bookstore in it."""
    return ["Monday: event storming", "Tuesday: sagas"]


@app.post("/textbooks", status_code=201)
async def order_textbooks(request: Request, student: int, copies: int) -> dict[str, Any]:
    """Order books for a student: a command to the bookstore."""
    placed = await request.app.state.shop.send(
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


@app.get("/textbooks/{order_id}")
async def textbooks(request: Request, order_id: int) -> dict[str, Any]:
    """Show how an order stands, and whether a gift comes with it."""
    shop: Bookstore = request.app.state.shop
    row = await shop.mypage(order_id)
    if row is None:
        raise HTTPException(404, "no such order (yet)")
    gift = await shop.read("mygifts", order_id)
    return {"order": order_id, "status": row.order_status, "gift": gift is not None and not gift.removed}


@app.exception_handler(InvalidField)
async def invalid(_: Request, error: InvalidField) -> JSONResponse:
    """Say which value cannot be."""
    return JSONResponse({"detail": str(error)}, 422)


@app.exception_handler(Refused)
async def refused(_: Request, error: Refused) -> JSONResponse:
    """Say which rule of the business stands against it."""
    return JSONResponse({"detail": str(error)}, 409)


@app.exception_handler(Unavailable)
async def unavailable(_: Request, error: Unavailable) -> JSONResponse:
    """Have the caller come again."""
    return JSONResponse({"detail": str(error)}, 503, headers={"Retry-After": "1"})
