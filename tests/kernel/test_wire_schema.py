"""The JSON Schema of a message says what its writer writes and what its class takes."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator

from bookdelivery.contexts.order.messages import OrderPlaced, PlaceOrder
from bookdelivery.kernel.aggregate import Row
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.values import FLAT, Won, allowing, business_id, duration_s, limits_of, optional, text
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_schema import schema_of
from tests.contexts.samples import COMMANDS, EVENTS, example

CODEC = Codec([*COMMANDS, *EVENTS])
MESSAGES = [*COMMANDS, *EVENTS]


def written(message: Any) -> dict[str, Any]:
    """What stands on the wire."""
    if not isinstance(message, Event):
        return CODEC.command_to_dict(message)
    envelope = Envelope("1", type(message).__name__, "somebody", 1_800_000_000.0, "1", None, 1, message)
    body: dict[str, Any] = json.loads(CODEC.encode_event(envelope)[1])
    return body


def is_taken(kind: type[Any], body: Mapping[str, Any]) -> bool:
    """Whether the class's own reader takes it."""
    try:
        if issubclass(kind, Event):
            headers = {"ce_specversion": "1.0", "ce_id": "1", "ce_source": "somebody", "ce_type": kind.__name__}
            return isinstance(CODEC.decode_event(headers, json.dumps(body).encode()), Envelope)
        CODEC.command(kind.__name__, body)
    except BookdeliveryError:
        return False
    return True


def is_valid(schema: Mapping[str, Any], body: object) -> bool:
    return bool(Draft202012Validator(dict(schema)).is_valid(body))


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_what_is_written_is_valid(kind: type[Any]) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert is_valid(schema, written(example(kind)))


# Numbers as text are left out: readers take them from careless writers, the schema is what a careful one writes.
ODDITIES: tuple[Any, ...] = (
    *(0, 1, -1, 1.5, 2**53 - 1, 2**53, 10**6, 10**6 + 1, 10**9, 10**9 + 1),
    *("", " ", "x", "x" * 1000, "x" * 1001, "take"),
    *(True, None, [], {}),
)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_the_schema_takes_exactly_what_the_reader_takes_in_each_field(kind: type[Any]) -> None:
    schema, good = schema_of(kind), written(example(kind))
    for field in schema["properties"]:
        if field in ("eventType", "timestamp"):
            continue  # Readers take these from the headers.
        for oddity in ODDITIES:
            body = {**good, field: oddity}
            assert is_valid(schema, body) == is_taken(kind, body), (field, oddity)
        without = {name: value for name, value in good.items() if name != field}
        assert is_valid(schema, without) == is_taken(kind, without), field


def test_fields_stand_flat_and_by_their_names_on_the_wire() -> None:
    schema = schema_of(OrderPlaced)
    assert list(schema["properties"])[:5] == ["eventType", "timestamp", "orderId", "paymentId", "customerId"]
    assert schema["required"][:3] == ["eventType", "timestamp", "orderId"]
    assert schema["properties"]["eventType"] == {"const": "OrderPlaced"}
    assert schema["title"] == "OrderPlaced"


def test_what_has_a_default_is_not_required() -> None:
    schema = schema_of(PlaceOrder)
    assert "orderId" not in schema["required"]
    assert schema["properties"]["orderId"]["anyOf"][1] == {"type": "null"}


class Mood(StrEnum):
    KIND = "kind"
    STERN = "stern"


@attrs.frozen
class Paper:
    colour: str
    price: Won


@attrs.frozen
class Everything(Row):
    case_id: int = attrs.field(validator=[business_id, attrs.validators.lt(5)])
    mood: Mood
    paper: Paper
    either: int | str | None
    moods: tuple[Mood, ...]
    prices: dict[str, Won]
    anything: Any
    wait_s: float | None = attrs.field(default=None, validator=optional(duration_s))
    flat: Paper = attrs.field(default=Paper("white", Won(1)), metadata=FLAT)


def test_every_form_on_the_wire_has_its_schema() -> None:
    schema = schema_of(Everything)
    properties = schema["properties"]
    assert properties["caseId"] == {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    assert properties["mood"] == {"enum": ["kind", "stern"]}
    assert properties["paper"]["required"] == ["colour", "price"]
    assert properties["either"] == {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}
    assert properties["moods"] == {"type": "array", "items": {"enum": ["kind", "stern"]}}
    assert properties["prices"]["additionalProperties"] == {"type": "integer", "minimum": 0}
    assert properties["anything"] == {}
    assert properties["waitS"] == {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]}
    assert properties["colour"] == {"type": "string"}
    Draft202012Validator.check_schema(schema)


def test_a_check_of_ones_own_says_what_it_allows() -> None:
    @allowing(minimum=1, maximum=12)
    def month(instance: object, attribute: object, value: object) -> None:
        """Check nothing."""

    def silent(instance: object, attribute: object, value: object) -> None:
        """Check nothing."""

    assert limits_of(month) == {"minimum": 1, "maximum": 12}
    assert limits_of(optional(month)) == {"minimum": 1, "maximum": 12}
    assert limits_of(silent) == {}
    assert limits_of(None) == {}
    assert limits_of(text)["maxLength"] == 1000
