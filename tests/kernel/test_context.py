"""A context's declaration: facts that follow from others are not written twice."""

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE, MYPAGE, ORDER
from bookdelivery.contexts.order.aggregate import OrderTerms
from bookdelivery.kernel.errors import InvalidField


def test_other_terms_make_another_context_and_leave_the_first_alone() -> None:
    other = ORDER.with_terms(pay_within_s=60.0)
    assert other.terms == OrderTerms(pay_within_s=60.0)
    assert attrs.evolve(other, terms=ORDER.terms) == ORDER
    assert ORDER.terms == OrderTerms()


def test_terms_that_are_wrong_or_unknown_are_refused() -> None:
    with pytest.raises(InvalidField, match=r"OrderTerms\.pay_within_s is -1"):
        ORDER.with_terms(pay_within_s=-1)
    with pytest.raises(TypeError, match="pay_within"):
        ORDER.with_terms(pay_within=60.0)


def test_a_contexts_commands_are_those_it_handles() -> None:
    assert [command.__name__ for command in ORDER.commands] == [
        "PlaceOrder",
        "PayOrder",
        "CancelOrder",
        "ExpireOrder",
        "CompleteOrder",
        "FollowOrder",
    ]
    assert MYPAGE.commands == ()


def test_the_bookstore_speaks_of_its_contexts_in_korean_too() -> None:
    assert {context.name: context.korean for context in BOOKSTORE} == {
        "order": "주문",
        "payment": "결제",
        "ordermanagement": "주문관리",
        "delivery": "배송",
        "mypage": "마이페이지",
    }
