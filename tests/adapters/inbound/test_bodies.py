"""Reading bodies: what two readers could understand in two ways is refused, whatever it is meant to say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.adapters.inbound.bodies import DEEPEST, Malformed, read_object


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON in UTF-8"),
        (b'{"a": "\xff"}', "no JSON in UTF-8"),
        (b"[]", r"it is \[\], but must be an object"),
        (b"7", "it is 7, but must be an object"),
        (b'{"a": {"b": 1, "b": 2}}', "the name 'b' comes twice"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": -Infinity}', "-Infinity is no JSON"),
        (b'{"a": 1e400}', "the number '1e400' is too large"),
        (rb'{"a": "\ud800"}', "half of a surrogate pair"),
        (rb'{"\udfff": 1}', "half of a surrogate pair"),
        (nested(DEEPEST + 1), f"nested deeper than {DEEPEST} levels"),
        (b'{"a":' + nested(100_000, "[", "]") + b"}", f"nested deeper than {DEEPEST} levels"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "the number '1+\\.\\.\\. is too large"),
    ],
)
def test_what_is_ambiguous_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        read_object(body)


def test_nothing_at_all_is_an_empty_object() -> None:
    assert read_object(b"") == read_object(b" \n") == {}


def test_a_body_may_be_as_deep_as_is_said() -> None:
    assert read_object(nested(DEEPEST))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values))
def test_what_json_writes_is_read_as_it_was(body: dict[str, Any]) -> None:
    assert read_object(json.dumps(body, ensure_ascii=False).encode()) == body
