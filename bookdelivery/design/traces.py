"""What in the bookstore's design covers each of its requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bookdelivery.design.coverage import (
    CallsNobody,
    Claim,
    FallsBack,
    Leads,
    NeverWithout,
    ShowsEverything,
    Withstands,
)

BOOKSTORE_TRACES: Mapping[str, Sequence[Claim]] = {
    "F1": (Leads("customer", "OrderPlaced"),),
    "F2": (Leads("customer", "PayApproved", waits=True), Leads("PayOrder", "PayApproved", waits=True)),
    "F3": (Leads("PayApproved", "TakeOrderInfo", waits=False),),
    "F4": (Leads("shopkeeper", "OrderTaken"), Leads("shopkeeper", "OrderPacked")),
    "F5": (Leads("OrderPacked", "DeliveryStarted", waits=False),),
    "F6": (Leads("customer", "OrderCanceled"),),
    "F7": (
        Leads("OrderCanceled", "DeliveryCanceled", waits=False),
        Leads("OrderCanceled", "PayCanceled", waits=False),
    ),
    "F8": (Leads("OrderPlaced", "view:mypage.mypage", waits=False), CallsNobody("mypage")),
    "F9": (ShowsEverything("view:mypage.mypage", ("order", "ordermanagement", "delivery")),),
    "N1": (NeverWithout("OrderPlaced", "PayApproved"), Leads("PlaceOrder", "PayApproved", waits=True)),
    "N2": (Withstands("PlaceOrder", "ordermanagement"), Leads("PayApproved", "TakeOrderInfo", waits=False)),
    "N3": (
        FallsBack("PlaceOrder", "Pay"),
        FallsBack("PayOrder", "Pay"),
        Leads("PlaceOrder", "PaymentDeferred"),
        Leads("customer", "PayOrder"),
    ),
    "N4": (
        Leads("DeliveryStarted", "view:mypage.mypage", waits=False),
        Withstands("view:mypage.mypage", "delivery"),
        CallsNobody("mypage"),
    ),
}
"""For each requirement, the claims that together cover it."""
