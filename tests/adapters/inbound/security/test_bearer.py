"""Where a token may come from: one Authorization header."""

from __future__ import annotations

import pytest

from bookdelivery.adapters.inbound.security import InvalidToken, TokenMissing, TokenSentWrongly
from bookdelivery.adapters.inbound.security.bearer import LONGEST_TOKEN, bearer_token


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc ", " Bearer abc"])
def test_the_token_of_a_header_is_found(header: str) -> None:
    assert bearer_token([header], query="after=7&name=%20", form="grant_type=x") == "abc"


@pytest.mark.parametrize("headers", [[], [""], ["Basic abc"], ["Bearerabc"], ["DPoP abc"]])
def test_without_a_bearer_token_one_is_asked_for(headers: list[str]) -> None:
    with pytest.raises(TokenMissing) as refused:
        bearer_token(headers)
    assert refused.value.challenge() == 'Bearer realm="bookdelivery"'


@pytest.mark.parametrize(
    ("headers", "query", "form"),
    [
        (["Bearer a", "Bearer b"], "", ""),
        (["Bearer a", "Basic b"], "", ""),
        (["Bearer a, Bearer b"], "", ""),
        (["Bearer a b"], "", ""),
        (["Bearer"], "", ""),
        ([], "access_token=a", ""),
        (["Bearer a"], "x=1&access_token=a", ""),
        (["Bearer a"], "access%5Ftoken=a", ""),
        (["Bearer a"], "ACCESS_TOKEN=", ""),
        (["Bearer a"], "", "access_token=a"),
        ([], "", "x=1&access_token=a"),
    ],
)
def test_a_token_in_any_other_way_or_in_two_is_refused(headers: list[str], query: str, form: str) -> None:
    with pytest.raises(TokenSentWrongly) as refused:
        bearer_token(headers, query=query, form=form)
    assert 'error="invalid_request"' in refused.value.challenge()


def test_what_is_too_long_is_no_token() -> None:
    assert bearer_token(["Bearer " + "a" * LONGEST_TOKEN])
    with pytest.raises(InvalidToken):
        bearer_token(["Bearer " + "a" * (LONGEST_TOKEN + 1)])


def test_a_challenge_holds_nothing_that_would_end_its_quotes() -> None:
    assert InvalidToken('a "quote"\r\nSet-Cookie: x').challenge().count('"') == 6
    assert "\r" not in InvalidToken("\r\n").challenge()
