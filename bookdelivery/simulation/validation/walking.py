"""Visitors for whom a station is all there is, and what their visits say about it: the real engine and domain serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs
import numpy as np

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts.delivery.messages import StartDelivery
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.contexts.ordermanagement.messages import TakeOrderInfo
from bookdelivery.kernel.values import Won
from bookdelivery.simulation.customers import Shop, Visitor
from bookdelivery.simulation.deployment import Deployment, Network
from bookdelivery.simulation.load import Load
from bookdelivery.simulation.result import Result
from bookdelivery.simulation.scenario import Scenario

FIRST, SECOND = "ordermanagement", "delivery"
"""The stations: putting an order on the shopkeeper's list, then sending its parcel out."""

FigureName = Literal["stay_s", "wait_s", "waits", "refused", "per_second", "service_s", "offered_per_second"]
"""What can be read off the visits to a station."""

PATIENT_S = 1e9
"""Nobody gives up."""

_BOOK = Purchase(
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=Won(25_000),
    delivery_address="kyungkido",
    delivery_phone_number="01012341234",
)


@attrs.frozen
class Walk:
    """Each visitor has an order put on the list, and may then have its parcel sent out.

    Args:
        both: whether they go on to the second station.
    """

    both: bool = False

    def prepare(self, rng: np.random.Generator) -> Visitor:  # noqa: ARG002
        """Make the function that walks."""

        async def visit(number: int, shop: Shop) -> None:
            await shop.ask("first", TakeOrderInfo(order_id=number, purchase=_BOOK), PATIENT_S)
            if self.both:
                await shop.ask("second", StartDelivery(order_id=number, purchase=_BOOK), PATIENT_S)

        return visit


def walked(load: Load, lasts_s: float, deployment: Mapping[str, Deployment], *, both: bool = False) -> Scenario:
    """Make a scenario in which nothing but stations takes time."""
    return Scenario(
        load=load,
        lasts=lasts_s,
        customers=Walk(both),
        people=None,
        network=Network(latency_s=0.0),
        deployment=deployment,
        # Nobody else has anything to do, and need not look for it often.
        engine=EngineSettings(poll_s=3600.0),
        sample_every_s=lasts_s,
    )


@attrs.frozen
class Visits:
    """Reads a figure off the visits that begin after the warm-up.

    Args:
        figure: stay_s and wait_s, the mean time inside and before service, in seconds; waits, the share of those served
            who had to wait; refused, the share of all who found no place; per_second, how many were served in a second;
            service_s, their mean service time; offered_per_second, how many came.
        warm_up_s: what comes before is forgotten, in seconds.
        station: the context.
    """

    figure: FigureName
    warm_up_s: float
    station: str = FIRST

    def __call__(self, result: Result) -> float:
        """Read it off the table of operations."""
        operations = result.operations
        own = operations["context"].eq(self.station) & operations["operation"].isin(["TakeOrderInfo", "StartDelivery"])
        visits = operations[own & operations["arrived_s"].ge(self.warm_up_s)]
        visits = visits[visits["arrived_s"] < result.scenario.lasts]
        served = visits[visits["outcome"].eq("done")]
        counted_s = result.scenario.lasts - self.warm_up_s
        waited = served["started_s"] - served["arrived_s"]
        figures = {
            "stay_s": lambda: float((served["finished_s"] - served["arrived_s"]).mean()),
            "wait_s": lambda: float(waited.mean()),
            "waits": lambda: float(waited.gt(0).mean()),
            "refused": lambda: float(visits["outcome"].eq("turned_away").mean()),
            "per_second": lambda: len(served) / counted_s,
            "service_s": lambda: float((served["finished_s"] - served["started_s"]).mean()),
            "offered_per_second": lambda: len(visits) / counted_s,
        }
        return figures[self.figure]()


@attrs.frozen
class StayInBoth:
    """The mean time that those who come after the warm-up spend in both stations, in seconds."""

    warm_up_s: float

    def __call__(self, result: Result) -> float:
        """Add up both visits of each order."""
        requests = result.requests
        first = requests[requests["kind"].eq("first") & requests["arrived_s"].ge(self.warm_up_s)]
        second = requests[requests["kind"].eq("second")].set_index("order_id")["finished_s"]
        return float((second.reindex(first["order_id"]).to_numpy() - first["arrived_s"].to_numpy()).mean())
