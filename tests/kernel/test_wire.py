"""What stands on the wire, what readers put up with, and what they refuse."""

import json
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Any, ClassVar

import attrs
import pytest
from msgspec.structs import replace

from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.errors import InvalidField, InvalidMessage, UnknownCommand, WronglyDeclared
from bookdelivery.kernel.messages import Command, Envelope, Event
from bookdelivery.kernel.ports import Unreadable
from bookdelivery.kernel.sealed import SealedEvent
from bookdelivery.kernel.values import FLAT, Won, business_id, quantity, text
from bookdelivery.kernel.wire import Codec, UnknownEvent


class Mood(StrEnum):
    KIND = "kind"
    STERN = "stern"


class Size(Enum):
    SMALL = 1
    LARGE = 2


@attrs.frozen(kw_only=True)
class Item:
    item_name: str = attrs.field(validator=text)
    qty: int = attrs.field(validator=quantity)
    item_price: Won


@attrs.frozen(kw_only=True)
class Parcel:
    weight_kg: float


@attrs.frozen(kw_only=True)
class Ordered(Event):
    correlation_key = "order_id"

    order_id: int = attrs.field(validator=business_id)
    mood: Mood = Mood.KIND
    item: Item = attrs.field(metadata=FLAT)
    parcel: Parcel | None = None


@attrs.frozen(kw_only=True)
class Order(Command[None]):
    correlation_key = "order_id"

    order_id: int | None = None
    gift: bool = False
    mood: Mood = Mood.KIND
    size: Size = Size.SMALL
    item: Item = attrs.field(metadata=FLAT)
    parcel: Parcel | None = None
    parcels: tuple[Parcel, ...] = ()
    discount: float = 0.0


def _from_pounds(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "weightKg": body.pop("pounds") * 0.5}


def _from_grains(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "pounds": body.pop("grains") / 7000}


@attrs.frozen
class Weighed(Event):
    correlation_key = "order_id"
    schema_version = 3
    upcasters: ClassVar = {1: _from_grains, 2: _from_pounds}

    order_id: int
    weight_kg: float


@attrs.frozen
class Kept(Stored):
    order_id: int
    note: str = ""


CODEC = Codec([Ordered, Order, Weighed], [Kept])

ITEM = Item(item_name="책", qty=2, item_price=Won(25_000))
BODY = {"orderId": 7, "itemName": "책", "qty": 2, "itemPrice": 25_000}
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "0193-5",
    "ce_source": "order",
    "ce_type": "Ordered",
    "ce_time": "2025-11-22T07:30:56.5Z",
}


def envelope(message: Event, **changes: Any) -> Envelope:
    made = Envelope("0193-5", type(message).__name__, "order", 1_763_796_656.5, "0193-1", "0193-4", 7, message)
    return replace(made, **changes)


def decode(body: object, **headers: str) -> Envelope:
    result = CODEC.decode_event(HEADERS | headers, json.dumps(body).encode())
    assert isinstance(result, Envelope), result
    return result


def unreadable(body: object, headers: Mapping[str, str] = HEADERS, /, **changes: str) -> Unreadable:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    result = CODEC.decode_event({**headers, **changes}, raw, position="3:17")
    assert isinstance(result, Unreadable), result
    assert result.body == raw
    return result


def test_the_body_is_the_bookstores_json_with_flat_parts_flat() -> None:
    _, body = CODEC.encode_event(envelope(Ordered(order_id=7, item=ITEM, parcel=Parcel(weight_kg=1.5))))
    assert json.loads(body) == {
        "eventType": "Ordered",
        "timestamp": "20251122073056",
        **BODY,
        "mood": "kind",
        "parcel": {"weightKg": 1.5},
    }


def test_the_metadata_are_cloudevents_attributes_in_the_kafka_bindings_names() -> None:
    headers, _ = CODEC.encode_event(envelope(Ordered(order_id=7, item=ITEM), traceparent="00-4b-00-01"))
    assert headers == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": "0193-5",
        "ce_source": "order",
        "ce_type": "Ordered",
        "ce_time": "2025-11-22T07:30:56.5Z",
        "ce_correlationid": "0193-1",
        "ce_causationid": "0193-4",
        "ce_partitionkey": "7",
        "traceparent": "00-4b-00-01",
    }


def test_what_has_no_cause_no_trace_and_the_first_schema_does_not_say_so() -> None:
    headers, _ = CODEC.encode_event(envelope(Ordered(order_id=7, item=ITEM), causation_id=None))
    assert not {"ce_causationid", "traceparent", "ce_schemaversion"} & set(headers)


def test_readers_ignore_fields_and_headers_they_do_not_know() -> None:
    read = decode({**BODY, "colour": "red", "item": "not the flat part", "parcel": None}, ce_subject="x", other="y")
    assert read.message == Ordered(order_id=7, item=ITEM)


@pytest.mark.parametrize(("order", "qty", "price"), [("7", "2", "25000"), (7.0, 2.0, 2.5e4)])
def test_whole_numbers_may_come_as_decimal_text_or_with_a_fraction_of_zero(order: Any, qty: Any, price: Any) -> None:
    read = decode({**BODY, "orderId": order, "qty": qty, "itemPrice": price})
    assert read.message == Ordered(order_id=7, item=ITEM)
    assert (type(read.message.order_id), read.key) == (int, 7)


def test_metadata_that_strangers_leave_out_follow_from_the_rest() -> None:
    headers = {name: value for name, value in HEADERS.items() if name != "ce_time"}
    read = CODEC.decode_event(headers, json.dumps({**BODY, "timestamp": "20251122073056"}).encode())
    assert isinstance(read, Envelope)
    assert (read.time, read.correlation_id, read.causation_id, read.key) == (1_763_796_656.0, "0193-5", None, 7)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_older_schema_versions_are_brought_up_to_date(version: int) -> None:
    unit, weight = {1: ("grains", 28_000.0), 2: ("pounds", 4.0), 3: ("weightKg", 2.0)}[version]
    read = decode({"orderId": 7, unit: weight}, ce_type="Weighed", ce_schemaversion=str(version))
    assert read.message == Weighed(7, 2.0)


def test_a_body_without_a_schema_version_is_of_the_first() -> None:
    assert decode({"orderId": 7, "grains": 28_000}, ce_type="Weighed").message == Weighed(7, 2.0)


def test_the_schema_version_travels_once_there_is_more_than_one() -> None:
    headers, body = CODEC.encode_event(envelope(Weighed(7, 2.0)))
    assert headers["ce_schemaversion"] == "3"
    read = CODEC.decode_event(headers, body)
    assert isinstance(read, Envelope)
    assert read.message == Weighed(7, 2.0)


@pytest.mark.parametrize("version", ["0", "4", "-1"])
def test_a_schema_version_nobody_knows_cannot_be_read(version: str) -> None:
    assert unreadable({"orderId": 7}, ce_type="Weighed", ce_schemaversion=version).error == (
        f"Weighed cannot be read: its schema version is {version}, but must be from 1 to 3"
    )


@pytest.mark.parametrize("version", ["x", "1.0", ""])
def test_a_schema_version_that_is_no_number_cannot_be_read(version: str) -> None:
    assert repr(version) in unreadable({"orderId": 7}, ce_type="Weighed", ce_schemaversion=version).error


def test_a_body_that_cannot_be_brought_up_to_date_cannot_be_read() -> None:
    assert unreadable({"orderId": 7}, ce_type="Weighed", ce_schemaversion="2").error == (
        "Weighed cannot be read: its body of schema version 2 cannot be brought up to date: KeyError('pounds')"
    )


def test_an_event_of_an_unknown_type_passes_by_unharmed() -> None:
    body = b'{"eventType": "GiftWrapped", "paper": "red"}'
    headers = HEADERS | {"ce_type": "GiftWrapped", "ce_partitionkey": "7", "ce_correlationid": "c"}
    read = CODEC.decode_event(headers, body)
    assert read == Envelope("0193-5", "GiftWrapped", "order", 1_763_796_656.5, "c", None, 7, UnknownEvent(body))
    again, same = CODEC.encode_event(read)
    assert same == body
    assert CODEC.decode_event(again, same) == read


def test_a_codec_that_reads_only_some_types_passes_by_the_others_however_broken() -> None:
    headers = {**HEADERS, "ce_partitionkey": "7", "ce_correlationid": "c"}
    busy = CODEC.reading_only({"Weighed"})
    read = busy.decode_event(headers, b"{broken")
    assert read == Envelope("0193-5", "Ordered", "order", 1_763_796_656.5, "c", None, 7, UnknownEvent(b"{broken"))
    assert isinstance(busy.decode_event({**headers, "ce_type": "Weighed"}, b"{broken"), Unreadable)
    ordered = envelope(Ordered(order_id=7, item=ITEM))
    assert busy.encode_event(ordered) == CODEC.encode_event(ordered)
    assert isinstance(CODEC.decode_event(headers, b"{broken"), Unreadable), "the codec itself reads all"


def test_a_sealed_event_is_carried_on_to_the_last_byte() -> None:
    body = b'{ "as": "it was written", "by": "an older release" }'
    headers = {**HEADERS, "ce_partitionkey": "7", "ce_correlationid": "c", "ce_schemaversion": "1", "ce_other": "x"}
    sealed = CODEC.sealed_event(headers, body)
    assert sealed == Envelope("0193-5", "Ordered", "order", 1_763_796_656.5, "c", None, 7, SealedEvent(headers, body))
    assert CODEC.encode_event(sealed) == (headers, body)


def test_a_sealed_event_carries_on_the_trace_that_it_got_on_its_way() -> None:
    headers = {**HEADERS, "ce_partitionkey": "7", "ce_correlationid": "c", "traceparent": "of its commit"}
    sealed = replace(CODEC.sealed_event(headers, b"{}"), traceparent="of its publication")
    assert CODEC.encode_event(sealed) == ({**headers, "traceparent": "of its publication"}, b"{}")
    assert headers["traceparent"] == "of its commit"


@pytest.mark.parametrize("name", ["ce_id", "ce_time", "ce_partitionkey"])
def test_what_lacks_the_headers_of_an_event_cannot_be_sealed(name: str) -> None:
    headers = {**HEADERS, "ce_partitionkey": "7", "ce_correlationid": "c"}
    del headers[name]
    with pytest.raises(InvalidMessage, match=name):
        CODEC.sealed_event(headers, b"{}")


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type"])
def test_a_message_without_its_attributes_cannot_be_read(name: str) -> None:
    headers = {header: value for header, value in HEADERS.items() if header != name}
    assert f"the header {name} is missing" in unreadable(BODY, headers).error


@pytest.mark.parametrize(
    ("body", "changes", "part"),
    [
        (b"", {}, ""),
        (b'{"orderId": 7', {}, "unexpected end of data"),
        (b"\xff\xfe", {}, ""),
        ([1], {}, "the body is [1], but must be an object"),
        (BODY, {"ce_specversion": "0.3"}, "ce_specversion is '0.3', but must be '1.0'"),
        (BODY, {"ce_time": "noon"}, "noon"),
        ({**BODY, "qty": 0}, {}, "qty is 0, but must be an integer from 1 to 1000000"),
        (BODY, {"ce_type": "Order"}, "Order is a command, but must be an event"),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_the_reason(body: object, changes: dict[str, str], part: str) -> None:
    broken = unreadable(body, **changes)
    assert broken.id == "0193-5"
    assert broken.error
    assert part in broken.error


def test_an_unreadable_message_without_an_id_is_known_by_its_position() -> None:
    assert unreadable(BODY, {}).id == "3:17"


def test_a_command_is_read_from_the_wires_names() -> None:
    fields = {**BODY, "gift": True, "mood": "stern", "parcels": [{"weightKg": 1}], "discount": 5, "colour": "red"}
    assert CODEC.command("Order", fields) == Order(
        order_id=7, gift=True, mood=Mood.STERN, item=ITEM, parcels=(Parcel(weight_kg=1.0),), discount=5.0
    )


def test_a_commands_fields_are_written_in_the_wires_names() -> None:
    written = CODEC.command_to_dict(Order(item=ITEM, mood=Mood.STERN))
    assert type(written["mood"]) is str
    assert json.loads(json.dumps(written)) == {
        "orderId": None,
        "gift": False,
        "mood": "stern",
        "size": 1,
        "itemName": "책",
        "qty": 2,
        "itemPrice": 25_000,
        "parcel": None,
        "parcels": [],
        "discount": 0.0,
    }


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("orderId", True, "a whole number, or null"),
        ("orderId", 7.5, "a whole number, or null"),
        ("orderId", 1e300, "a whole number, or null"),
        ("orderId", "7.0", "a whole number, or null"),
        ("orderId", " 7", "a whole number, or null"),
        ("orderId", "\N{ARABIC-INDIC DIGIT SEVEN}", "a whole number, or null"),
        ("orderId", "007", "a whole number, or null"),
        ("orderId", "-0", "a whole number, or null"),
        ("orderId", "+7", "a whole number, or null"),
        ("orderId", "-", "a whole number, or null"),
        ("orderId", "\N{SUPERSCRIPT TWO}", "a whole number, or null"),
        ("size", True, "one of 1, 2"),
        ("size", "1", "one of 1, 2"),
        ("orderId", "9" * 5000, "a whole number, or null"),
        ("gift", 1, "true or false"),
        ("gift", "true", "true or false"),
        ("mood", "KIND", "one of kind, stern"),
        ("mood", ["kind"], "one of kind, stern"),
        ("itemName", 5, "a text"),
        ("itemName", None, "a text"),
        ("itemName", " ", "a text that is not blank, of at most 1000 characters"),
        ("qty", -1, "an integer from 1 to 1000000"),
        ("itemPrice", -1, "a whole number of won, 0 or more"),
        ("itemPrice", 1.5, "a whole number of won, 0 or more"),
        ("discount", "5", "a number"),
        ("discount", float("inf"), "a number"),
        ("parcel", 5, "an object, or null"),
        ("parcels", {}, "a list"),
    ],
)
def test_a_wrong_value_is_named_with_its_field_and_what_is_allowed(field: str, value: object, allowed: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        CODEC.command("Order", {**BODY, field: value})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{field} is {repr(value)[:20]}")
    assert problem.endswith(f", but must be {allowed}")
    assert len(problem) < 200


def test_every_problem_is_listed_in_the_order_of_the_fields() -> None:
    body = {"orderId": "x", "mood": "sad", "qty": 0, "parcel": {}, "parcels": [{"weightKg": 1}, {"weightKg": "1"}, 5]}
    with pytest.raises(InvalidMessage) as caught:
        CODEC.command("Order", body)
    assert caught.value.type == "Order"
    assert caught.value.problems == (
        "orderId is 'x', but must be a whole number, or null",
        "mood is 'sad', but must be one of kind, stern",
        "itemName is missing, but must be a text",
        "qty is 0, but must be an integer from 1 to 1000000",
        "itemPrice is missing, but must be a whole number of won, 0 or more",
        "parcel.weightKg is missing, but must be a number",
        "parcels[1].weightKg is '1', but must be a number",
        "parcels[2] is 5, but must be an object",
    )


def _not_heavier_than_its_box(self: Any, _: object, weight_kg: float) -> None:
    if weight_kg > self.box_kg * 100:
        raise InvalidField("Load", "weight_kg", weight_kg, "at most a hundred times what the box weighs")


@attrs.frozen(kw_only=True)
class Load:
    weight_kg: float = attrs.field(validator=_not_heavier_than_its_box)
    box_kg: float

    def __attrs_post_init__(self) -> None:
        if self.weight_kg < self.box_kg:
            raise ValueError("a box weighs no more than what is in it")


@attrs.frozen(kw_only=True)
class Ship(Command[None]):
    load: Load
    spare: Load | None = None


@pytest.mark.parametrize(
    ("load", "problem"),
    [
        (
            {"weightKg": 500, "boxKg": 1},
            "load.weightKg is 500.0, but must be at most a hundred times what the box weighs",
        ),
        ({"weightKg": 500}, "load.boxKg is missing, but must be a number"),
        ({"weightKg": 1, "boxKg": 2}, "load is wrong: a box weighs no more than what is in it"),
        (None, "load is None, but must be an object"),
    ],
)
def test_what_a_class_checks_across_its_fields_is_told_too(load: object, problem: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Codec([Ship]).command("Ship", {"load": load})
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize("name", ["Ordr", "", "Ordered"])
def test_a_command_nobody_knows_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(UnknownCommand, match=r"the commands known are: Order$"):
        CODEC.command(name, {})


def test_a_command_of_an_older_schema_is_brought_up_to_date() -> None:
    @attrs.frozen
    class Weigh(Command[None]):
        schema_version = 2
        upcasters: ClassVar = {1: _from_pounds}

        weight_kg: float

    codec = Codec([Weigh])
    assert codec.command("Weigh", {"pounds": 4}, schema_version=1) == Weigh(2.0)
    with pytest.raises(InvalidMessage, match="weightKg is missing"):
        codec.command("Weigh", {"pounds": 4})
    with pytest.raises(InvalidMessage, match="its schema version is 3, but must be from 1 to 2"):
        codec.command("Weigh", {"pounds": 4}, schema_version=3)
    with pytest.raises(InvalidMessage, match="brought up to date"):
        codec.command("Weigh", {}, schema_version=1)


def test_what_a_store_cannot_read_back_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="Kept cannot be read: not JSON"):
        CODEC.load("Kept", b"{")
    with pytest.raises(InvalidMessage, match="orderId is missing"):
        CODEC.load("Kept", b"{}")
    with pytest.raises(WronglyDeclared, match="Lost: the codec was not built with a stored class of this name"):
        CODEC.load("Lost", b"{}")


def test_a_state_saved_before_a_field_was_added_gets_its_default() -> None:
    assert CODEC.load("Kept", b'{"orderId": 7}') == Kept(7)


def test_a_text_that_no_json_can_carry_is_refused_by_its_field() -> None:
    with pytest.raises(InvalidField, match=r"Kept.note is '\\ud800', but must be a value JSON can carry"):
        CODEC.dump(Kept(7, "\ud800"))


def test_a_class_the_codec_was_not_built_with_is_refused() -> None:
    @attrs.frozen
    class Kept(Stored):
        order_id: int

    with pytest.raises(WronglyDeclared, match="the codec was not built with this class"):
        CODEC.dump(Kept(1))
    with pytest.raises(WronglyDeclared, match="the codec was not built with this class"):
        Codec([]).encode_event(envelope(Ordered(order_id=7, item=ITEM)))
    with pytest.raises(WronglyDeclared, match="the codec was not built with this class"):
        Codec([]).command_to_dict(Order(item=ITEM))


def _twin() -> type[Event]:
    @attrs.frozen
    class Weighed(Event):
        correlation_key = "order_id"
        order_id: int

    return Weighed


def test_two_classes_of_one_name_are_refused() -> None:
    with pytest.raises(WronglyDeclared, match=r"Weighed: has the name of .*test_wire.Weighed; names are unique"):
        Codec([Weighed, _twin()])
    Codec([Weighed, Weighed])


@attrs.frozen
class Tree(Stored):
    order_id: int
    branches: tuple["Tree", ...] = ()


def test_a_class_within_itself_is_refused() -> None:
    with pytest.raises(
        WronglyDeclared, match=r"Tree.branches: holds Tree within itself, which has no form on the wire"
    ):
        Codec([], [Tree])


def wrongly_declared() -> dict[str, tuple[type[Any], str]]:
    class Plain(Event):
        order_id: int

    @attrs.frozen
    class Reserved(Event):
        correlation_key = "order_id"
        order_id: int
        event_type: str

    @attrs.frozen
    class Clash(Event):
        correlation_key = "order_id"
        order_id: int
        qty: int
        item: Item = attrs.field(metadata=FLAT)

    @attrs.frozen
    class NotFlat(Event):
        correlation_key = "order_id"
        order_id: int = attrs.field(metadata=FLAT)

    @attrs.frozen
    class Formless(Event):
        correlation_key = "order_id"
        order_id: int
        what: set[int]

    @attrs.frozen
    class Ambiguous(Event):
        correlation_key = "order_id"
        order_id: int
        what: int | str

    @attrs.frozen
    class NoUpcaster(Event):
        correlation_key = "order_id"
        schema_version = 3
        upcasters: ClassVar = {2: _from_pounds}
        order_id: int

    @attrs.frozen
    class NoKey(Event):
        order_id: int

    @attrs.frozen
    class Unresolved(Event):
        correlation_key = "order_id"
        order_id: "Missing"  # type: ignore[name-defined]  # noqa: F821

    return {
        "a class without attrs": (Plain, "is no attrs class"),
        "a name every event has": (Reserved, "is called eventType on the wire, and so is the type of every event"),
        "a flat part's name": (Clash, r"Item.qty: is called qty on the wire, and so is .*Clash.qty"),
        "a flat number": (NotFlat, "is marked FLAT, but its type is not an attrs class"),
        "a type without a form": (Formless, r"the type set\[int\] has no form on the wire"),
        "an ambiguous type": (Ambiguous, r"the type int \| str has no form on the wire"),
        "a version nobody can read": (NoUpcaster, "has no upcaster for schema version 1"),
        "no correlation key": (NoKey, "its correlation key '' is none of its fields"),
        "a type that is not there": (Unresolved, "the type of a field cannot be resolved: name 'Missing'"),
    }


@pytest.mark.parametrize("what", wrongly_declared())
def test_a_class_that_cannot_go_over_the_wire_is_refused_when_the_codec_is_built(what: str) -> None:
    cls, problem = wrongly_declared()[what]
    with pytest.raises(WronglyDeclared, match=problem) as caught:
        Codec([cls])
    assert caught.value.where.startswith((f"{cls.__module__}.{cls.__qualname__}", f"{__name__}.Item"))
