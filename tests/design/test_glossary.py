"""The glossary has every word, in both languages, with its meaning."""

import attrs
import pytest

from bookdelivery.contexts import BOOKSTORE, DELIVERY
from bookdelivery.contexts.language import LANGUAGE
from bookdelivery.design import DesignModel
from bookdelivery.design.glossary import Glossary, glossary
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM

WORDS = glossary(DesignModel.of(BOOKSTORE_SYSTEM))


def test_no_word_of_the_bookstore_lacks_its_korean_name_or_its_meaning() -> None:
    assert WORDS.missing == ()


def test_every_name_fields_states_and_rejected_events_included_is_in_it() -> None:
    codes = {term.code for term in WORDS.terms}
    for context in BOOKSTORE:
        for message in (*context.commands, *context.events):
            assert message.__name__ in codes
        for stored in context.aggregates:
            assert stored.__name__ in codes
            assert {state.value for state in stored.lifecycle.states} <= codes
        assert {policy.name for policy in context.policies} <= codes
        assert set(context.rejected_events) <= codes
    assert {"customerName", "deliveryPhoneNumber", "payUntil"} <= codes


def test_the_language_file_has_no_word_that_nobody_uses() -> None:
    codes = {term.code for term in WORDS.terms}
    habits = {chore.name for context in BOOKSTORE for chore in context.chores}
    reasons = {f"why not {name}" for context in BOOKSTORE for name in context.rejected_events}
    questions = {f"about {name}" for context in BOOKSTORE for name in context.open_questions}
    teams = {f"{context.team} team" for context in BOOKSTORE} | {one for c in BOOKSTORE for one in c.former_teams}
    cadences = {context.cadence for context in BOOKSTORE}
    fallbacks = {call.fallback for context in BOOKSTORE for call in context.calls}
    used = codes | habits | reasons | questions | teams | cadences | fallbacks
    assert set(LANGUAGE) - used == set()
    assert (habits | reasons | questions | teams | cadences | fallbacks) - set(LANGUAGE) == set()


def test_what_is_missing_is_told() -> None:
    silent = attrs.evolve(DELIVERY, language={})
    missing = {term.code for term in glossary(DesignModel.of((silent,))).missing}
    assert {"DeliveryStarted", "start the delivery", "deliveryId", "started"} <= missing
    assert "courier" not in missing


@pytest.mark.parametrize(
    ("asked", "first"),
    [("배송 시작됨", "DeliveryStarted"), ("orderplaced", "OrderPlaced"), ("parcel courier", "OrderPacked")],
)
def test_a_word_is_found_by_any_of_its_names_or_its_meaning(asked: str, first: str) -> None:
    assert WORDS.find(asked)[0].code == first


def test_what_is_unknown_is_not_found() -> None:
    assert WORDS.find("elephant") == []


def test_the_table_has_a_row_for_each_term() -> None:
    table = WORDS.to_pandas()
    assert len(table) == len(WORDS.terms)
    assert table.set_index("id").loc["event:OrderPlaced", "korean"] == "주문됨"


def test_in_a_notebook_it_shows_itself_as_a_table() -> None:
    shown = WORDS._repr_html_()
    assert shown.startswith("<table")
    assert "주문됨" in shown


def test_a_bar_does_not_break_a_row() -> None:
    (term, *_) = WORDS.terms
    page = Glossary("x", (attrs.evolve(term, meaning="this | that"),)).to_markdown()
    assert page.splitlines()[-1].count(" | ") == 3
