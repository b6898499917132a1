"""What visitors do besides ordering, and several kinds of them at once."""

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation import Customers, Enquiries, Mix
from tests.simulation.faults.small import run_with, small
from tests.simulation.worlds import run


def test_enquiries_make_the_stores_side_answer_and_change_nothing() -> None:
    result = run(small(customers=Enquiries(), lasts=5.0))
    assert set(result.requests["context"]) == {"ordermanagement"}
    assert set(result.requests["outcome"]) == {"refused"}
    assert result.events.empty


def test_a_mix_has_each_kind_of_visitor_in_its_part() -> None:
    canceling = Customers(cancels=1.0, cancel_after_s=0.1, looks=0.0)
    result = run_with(customers=Mix([(3, Customers(cancels=0.0, looks=0.0)), (1, canceling)]), lasts=100.0)
    orders = len(result.orders)
    cancels = int((result.requests["kind"] == "cancel").sum())
    # 400 visitors: four standard deviations of a part of a quarter are 0.087.
    assert cancels / orders == pytest.approx(0.25, abs=0.09)
    assert cancels > 0


def test_what_one_kind_does_does_not_depend_on_the_others() -> None:
    kind = Customers(cancels=0.5, cancel_after_s=1.0, looks=0.0)
    others = (Customers(cancels=0.0, looks=0.0), Enquiries())
    results = [run(small(customers=Mix([(1, kind), (1, other)]), lasts=20.0)) for other in others]
    canceled = [result.requests.loc[result.requests["kind"] == "cancel", "order_id"].tolist() for result in results]
    assert canceled[0]
    assert canceled[0] == canceled[1]


@pytest.mark.parametrize("shares", [[], "all", [(1, 2, 3)], [1]])
def test_a_mix_of_nothing_is_refused(shares: object) -> None:
    with pytest.raises(InvalidField, match=r"Mix.shares is .*, but must be a list of pairs"):
        Mix(shares)


def test_a_part_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidField, match=r"Share.part is 0, but must be a positive number"):
        Mix([(0, Customers())])
    with pytest.raises(InvalidField, match=r"Share.customers is 'all', but must be a behaviour"):
        Mix([(1, "all")])
