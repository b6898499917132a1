"""The bookstore: five bounded contexts, each its messages, its aggregate, its handlers and its declaration."""

from bookdelivery.contexts.delivery.context import DELIVERY
from bookdelivery.contexts.mypage.context import MYPAGE
from bookdelivery.contexts.order.context import ORDER
from bookdelivery.contexts.ordermanagement.context import ORDERMANAGEMENT
from bookdelivery.contexts.payment.context import PAYMENT

__all__ = ["BOOKSTORE", "DELIVERY", "MYPAGE", "ORDER", "ORDERMANAGEMENT", "PAYMENT"]

BOOKSTORE = (ORDER, PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)
"""All contexts of the bookstore."""
