"""Whatever is written is read back equal: classes made for this test, and every class of the bookstore's own."""

import importlib
import inspect
import json
import pkgutil
from contextlib import suppress
from enum import Enum, StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

import attrs
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import bookdelivery.contexts
from bookdelivery.kernel.aggregate import Aggregate, Row, Stored
from bookdelivery.kernel.errors import InvalidField, InvalidMessage
from bookdelivery.kernel.messages import Command, Envelope, Event, Message
from bookdelivery.kernel.values import FLAT, LARGEST_ID, Won
from bookdelivery.kernel.wire import Codec

Kind = TypeVar("Kind")


class Mood(StrEnum):
    KIND = "kind"
    STERN = "stern"


class Grade(Enum):
    FIRST = 1
    SECOND = 2


@attrs.frozen
class Paper:
    colour: str
    price: Won
    sheets: int | None = None


@attrs.frozen(kw_only=True)
class Everything(Stored):
    case_id: int
    text: str
    number: float
    truth: bool
    mood: Mood
    grade: Grade
    amount: Won
    maybe_text: str | None = None
    maybe_paper: Paper | None = None
    numbers: tuple[int, ...] = ()
    papers: tuple[Paper, ...] = ()
    moods: list[Mood] = attrs.field(factory=list)
    prices: dict[str, Won] = attrs.field(factory=dict)
    nested: tuple[tuple[int, ...], ...] = ()
    flat: Paper = attrs.field(metadata=FLAT)


@attrs.frozen(kw_only=True)
class Happened(Event):
    correlation_key = "case_id"

    case_id: int
    purpose: str | None
    mood: Mood
    paper: Paper = attrs.field(metadata=FLAT)


def module_classes(base: type[Kind], plain: tuple[type[Any], ...]) -> list[type[Kind]]:
    """Every class of the bookstore's that derives from the base."""
    found: dict[str, type[Kind]] = {}
    packages = pkgutil.walk_packages(bookdelivery.contexts.__path__, "bookdelivery.contexts.")
    for name in (package.name for package in packages):
        for cls in vars(importlib.import_module(name)).values():
            if inspect.isclass(cls) and issubclass(cls, base) and cls not in plain:
                found[f"{cls.__module__}.{cls.__name__}"] = cls
    return [found[name] for name in sorted(found)]


MESSAGES = module_classes(Message, (Message, Command, Event))
STORED = module_classes(Stored, (Stored, Aggregate, Row))
EVENTS = [cls for cls in MESSAGES if issubclass(cls, Event)]
COMMANDS = [cls for cls in MESSAGES if issubclass(cls, Command)]
CODEC = Codec([*MESSAGES, Happened], [*STORED, Everything])

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)
STEPS = st.sampled_from(["complete", "decline", "take", "pack", "ship", "deliver", "reject", "settle"])
TIMES = st.floats(min_value=0, max_value=1e10)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.one_of(st.integers(1, 100), st.integers(1, LARGEST_ID)),
    float: TIMES,
    str: st.one_of(TEXTS, STEPS),
    bool: st.booleans(),
    Won: st.builds(Won, st.integers(0, 10**7)),
    NoneType: st.none(),
}


def values(kind: Any, name: str = "") -> st.SearchStrategy[Any]:
    if kind in PLAIN:
        return STEPS if name == "step" else PLAIN[kind]
    if isinstance(kind, type):
        return st.sampled_from(kind) if issubclass(kind, Enum) else instances(kind)
    first, *rest = [argument for argument in get_args(kind) if argument is not Ellipsis]
    if get_origin(kind) in (tuple, list):
        return st.lists(values(first), max_size=3).map(get_origin(kind))
    if get_origin(kind) is dict:
        return st.dictionaries(TEXTS, values(rest[0]), max_size=3)
    return st.one_of(values(first), *map(values, rest))


def fields_of(cls: type[Any]) -> "tuple[attrs.Attribute[Any], ...]":
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cls)
    return fields


def instances(cls: type[Kind]) -> st.SearchStrategy[Kind]:
    """Instances of an attrs class; what its own checks refuse is not tried."""

    def make(**fields: Any) -> Kind:
        try:
            return cls(**fields)
        except InvalidField:
            reject()

    # Making the codec has resolved the types.
    return st.builds(make, **{str(field.alias): values(field.type, field.name) for field in fields_of(cls)})


def test_there_are_classes_to_test() -> None:
    assert len(EVENTS) >= 10
    assert len(COMMANDS) >= 10
    assert len(STORED) >= 5


@pytest.mark.parametrize("cls", [Everything, *STORED], ids=lambda cls: cls.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_what_a_store_keeps_is_read_back_equal(cls: type[Stored], data: st.DataObject) -> None:
    stored = data.draw(instances(cls))
    assert CODEC.load(cls.__name__, CODEC.dump(stored)) == stored


@pytest.mark.parametrize("cls", [Happened, *EVENTS], ids=lambda cls: cls.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_an_event_is_read_back_equal_with_all_its_metadata(cls: type[Event], data: st.DataObject) -> None:
    message = data.draw(instances(cls))
    envelope = Envelope(
        id=data.draw(TEXTS),
        type=cls.__name__,
        source=data.draw(TEXTS),
        time=data.draw(TIMES),
        correlation_id=data.draw(TEXTS),
        causation_id=data.draw(st.none() | TEXTS),
        key=getattr(message, cls.correlation_key),
        message=message,
        traceparent=data.draw(st.none() | TEXTS),
    )
    headers, body = CODEC.encode_event(envelope)
    assert all(type(name) is str and type(value) is str for name, value in headers.items())
    assert CODEC.decode_event(headers, body) == envelope
    assert json.loads(body)["eventType"] == cls.__name__, "other readers can read it too"


@pytest.mark.parametrize("cls", COMMANDS, ids=lambda cls: cls.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_a_command_is_read_back_equal(cls: type[Command[Any]], data: st.DataObject) -> None:
    command = data.draw(instances(cls))
    fields = json.loads(json.dumps(CODEC.command_to_dict(command)))
    assert CODEC.command(cls.__name__, fields) == command


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    headers=st.dictionaries(st.sampled_from(["ce_id", "ce_source", "ce_time", "ce_schemaversion"]), TEXTS),
    data=st.data(),
)
def test_no_body_makes_reading_an_event_fail_otherwise_than_by_saying_so(
    headers: dict[str, str], data: st.DataObject
) -> None:
    kinds: list[type[Any]] = [Happened, *EVENTS]
    cls = data.draw(st.sampled_from(kinds))
    names = [field.name for field in fields_of(cls)]
    camel = ["".join(word.title() if place else word for place, word in enumerate(name.split("_"))) for name in names]
    flat = ["customerId", "customerName", "itemId", "itemName", "qty", "itemPrice", "colour", "price", "timestamp"]
    body = data.draw(st.dictionaries(st.sampled_from([*camel, *flat]), JSON) | JSON)
    complete = {"ce_specversion": "1.0", "ce_type": cls.__name__, "ce_id": "1", "ce_source": "x"}
    # Whatever comes, an envelope or an Unreadable is returned; an exception would fail this test.
    result = CODEC.decode_event(complete | headers, json.dumps(body).encode("utf-8", "surrogatepass"))
    assert result is not None


@given(
    cls=st.sampled_from(COMMANDS),
    body=st.dictionaries(st.sampled_from(["orderId", "qty", "itemPrice", "step"]), JSON),
)
def test_no_body_makes_reading_a_command_fail_otherwise_than_by_saying_so(cls: type[Any], body: dict[str, Any]) -> None:
    with suppress(InvalidMessage):
        CODEC.command(cls.__name__, body)
