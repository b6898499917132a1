"""Small worlds for the tests: a bookstore in a hurry, and a context whose only trouble is a queue."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import attrs
import numpy as np

from bookdelivery.application.system import System
from bookdelivery.kernel.aggregate import Aggregate, Decision, Given
from bookdelivery.kernel.context import Actor, Context, Decides, Subdomain
from bookdelivery.kernel.lifecycle import Lifecycle, to
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation import (
    DEFAULT_SYSTEM,
    Customers,
    Exponential,
    People,
    Poisson,
    Result,
    Scenario,
    Shop,
    simulate,
)
from bookdelivery.simulation.wallclock import watch_wall_clock

QUICK_PEOPLE = People(take_s=2.0, pack_s=3.0, deliver_s=5.0)
QUICK_CUSTOMERS = Customers(cancels=0.2, cancel_after_s=Exponential(5.0), looks=0.5, look_after_s=8.0)


def quick(**changes: Any) -> Scenario:
    """A scenario of half a minute with people who hurry, and with whatever else is given."""
    given = {
        "load": Poisson(per_second=8),
        "lasts": 30.0,
        "seed": 11,
        "people": QUICK_PEOPLE,
        "customers": QUICK_CUSTOMERS,
        "terms": {"order": {"pay_within_s": 40.0}},
        "sample_every_s": 1.0,
    }
    return Scenario(**{**given, **changes})


def run(scenario: Scenario, system: System = DEFAULT_SYSTEM) -> Result:
    """Simulate, and see to it that nothing in the world reads the wall clock or fails unexpectedly."""
    with watch_wall_clock("bookdelivery", strict=True):
        result = simulate(scenario, system)
    assert result.world.errors == []
    return result


def fingerprint(result: Result) -> str:
    """Hash every table to the last digit."""
    digest = hashlib.sha256()
    for name, frame in result.frames.items():
        digest.update(f"{name}\n{frame.to_csv()}".encode())
    return digest.hexdigest()


def assert_all_is_well(result: Result) -> None:
    """See that every order came to an end in which status, money and MyPage agree."""
    assert result.drained
    assert all(not letters for letters in result.world.dead_letters.values())
    orders = result.orders
    known = orders[orders["status"] != ""]
    assert set(known["status"]) <= {"delivered", "canceled", "expired", "rejected"}
    kept_won = known["charged_won"] - known["refunded_won"]
    assert (kept_won == known["price_won"].where(known["status"] == "delivered", 0)).all()
    assert (orders.loc[orders["status"] == "", "charged_won"] == 0).all()
    # A row can only show what was ever stated; an order whose pod died before anything was stated is not shown.
    shown = known[known["mypage_status"] != ""]
    assert (shown["mypage_status"] == shown["status"]).all()
    assert not result.events["published_s"].isna().any()


class Done(StrEnum):
    """The only state there is."""

    DONE = "done"


@attrs.frozen
class Serve(Command[None]):
    """Serve a guest."""

    correlation_key = "guest"
    guest: int


@attrs.frozen
class Served(Aggregate):
    """A guest who was served."""

    correlation_key = "guest"
    lifecycle = Lifecycle("guest", Done, Done.DONE, [to("done", "serve", "done")])
    guest: int
    status: Done = Done.DONE


def _serve(served: Served | None, command: Serve, given: Given) -> Decision[Served]:
    return Decision(served or Served(command.guest))


TILL = Context(
    name="till",
    korean="계산대",
    subdomain=Subdomain.SUPPORTING,
    uptime_goal=None,
    cadence="never",
    team="nobody",
    store="memory",
    aggregates=(Served,),
    handlers=(Decides(command=Serve, on=Served, by=_serve, creates=True, actor=Actor("guest", "손님")),),
)
SHOP_WITH_A_TILL = System(name="till", contexts=(TILL,))


@attrs.frozen
class Guests:
    """Visitors who want to be served, and no more."""

    timeout_s: float = 1e6

    def prepare(self, rng: np.random.Generator) -> Callable[[int, Shop], Awaitable[None]]:
        async def visit(number: int, shop: Shop) -> None:
            await shop.ask("serve", Serve(number), self.timeout_s)

        return visit
