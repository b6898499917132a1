"""MyPage as the customer's web page."""

from __future__ import annotations

from bookdelivery.adapters.inbound.rest.page import Page
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.contexts.order.messages import OrderStatus

_PATH = (
    OrderStatus.PLACED,
    OrderStatus.TAKEN,
    OrderStatus.PACKED,
    OrderStatus.SHIPPING,
    OrderStatus.DELIVERED,
)

MYPAGE_PAGE = Page(
    title="Order",
    korean="주문",
    status="orderStatus",
    path=tuple(state.value for state in _PATH),
    others=tuple(state.value for state in OrderStatus if state not in _PATH),
    fields=(
        "itemName",
        "qty",
        "itemPrice",
        "customerName",
        "deliveryAddress",
        "deliveryPhoneNumber",
        "reason",
        "refunded",
    ),
    language=LANGUAGE,
)
