"""What contexts offer, in Protocol Buffers: the text that others compile and what the server speaks are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

from bookdelivery.adapters.protobuf.bodies import body_of, filled
from bookdelivery.adapters.protobuf.messages import message_of
from bookdelivery.adapters.protobuf.naming import FIRST, LAST, check_numbers, json_name, number_of, snake
from bookdelivery.adapters.protobuf.offered import called, offered
from bookdelivery.adapters.protobuf.pool import Pool, descriptor_of
from bookdelivery.adapters.protobuf.shapes import File, Method, Service
from bookdelivery.adapters.protobuf.text import to_proto
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.payment.messages import Pay
from bookdelivery.kernel.errors import WronglyDeclared
from bookdelivery.kernel.wire_schema import schema_of
from examples.coupon import COUPON

FILES = [*map(offered, (*BOOKSTORE, COUPON)), called("payment", [Pay])]


@attrs.frozen
class Line:
    """What a parcel holds."""

    title: str
    copies: int


@attrs.frozen
class Everything:
    """A message with every kind of field there is."""

    whole: int
    number: float
    words: str
    truth: bool
    line: Line
    lines: tuple[Line, ...]
    tags: list[str]
    shelf: dict[str, int]
    lines_by_shelf: dict[str, Line]
    anything: Any
    maybe: int | None = None
    maybe_line: Line | None = None


EVERYTHING = File(
    package="everything.v1",
    service=Service(name="Echo", methods=(Method(name="Say", request="Everything", response="Everything"),)),
    messages=(message_of("Everything", schema_of(Everything)),),
)

BODY = {
    "whole": 2**53 - 1,
    "number": 0.5,
    "words": "주문",
    "truth": False,
    "line": {"title": "IT", "copies": 0},
    "lines": [{"title": "a", "copies": 1}, {"title": "b", "copies": 2}],
    "tags": ["x", "y"],
    "shelf": {"a": 1, "b": 0},
    "linesByShelf": {"a": {"title": "c", "copies": 3}},
    "anything": {"deep": [1.0, None, "text"]},
    "maybe": 0,
    "maybeLine": {"title": "", "copies": 0},
}


def compiled(file: File, folder: Path) -> Any:
    """Compile a file's text as other people do."""
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_proto(file))
    out = folder / "set"
    include = Path(protoc.__file__).parent / "_proto"
    assert protoc.main(["protoc", f"-I{folder}", f"-I{include}", f"--descriptor_set_out={out}", file.path]) == 0
    (described,) = FileDescriptorSet.FromString(out.read_bytes()).file
    return described


@pytest.mark.parametrize("file", [*FILES, EVERYTHING], ids=lambda file: file.package)
def test_a_compiler_reads_from_the_text_what_the_server_speaks(file: File, tmp_path: Path) -> None:
    assert compiled(file, tmp_path) == descriptor_of(file)


def test_whatever_json_can_say_goes_there_and_back() -> None:
    message = Pool([EVERYTHING]).message(EVERYTHING, "Everything")
    sent = filled(message(), BODY).SerializeToString()
    assert body_of(message.FromString(sent)) == BODY


def test_what_is_left_out_is_told_from_what_is_zero() -> None:
    message = Pool([EVERYTHING]).message(EVERYTHING, "Everything")
    empty: dict[str, Any] = {"lines": [], "tags": [], "shelf": {}, "linesByShelf": {}}
    assert body_of(message()) == empty
    assert body_of(filled(message(), {"whole": 0, "maybe": None, "unknown": 1})) == {**empty, "whole": 0}


def test_a_fields_number_is_drawn_from_its_name_alone() -> None:
    order, reordered = (
        message_of("Order", {"properties": {name: {"type": "integer"} for name in names}})
        for names in (["orderId", "qty"], ["newcomer", "qty", "orderId"])
    )
    numbers = {field.name: field.number for field in reordered.fields}
    assert all(numbers[field.name] == field.number for field in order.fields)
    # What is on the wire of running systems: a change of how numbers are drawn breaks every client there is.
    assert (number_of("orderId"), number_of("주문")) == (25697838, number_of("주문"))
    assert all(FIRST <= number_of(f"field{n}") <= LAST for n in range(1_000))


def test_two_fields_with_one_number_are_refused() -> None:
    seen: dict[int, str] = {}
    for n in range(100_000):
        name = f"f{n}"
        other = seen.setdefault(number_of(name), name)
        if other != name:
            with pytest.raises(WronglyDeclared, match=f"{name} and {other} have the same number"):
                check_numbers("Order", [other, name])
            return
    raise AssertionError("among so many names, two have one number")


def test_names_go_there_and_back() -> None:
    for name in ("orderId", "qty", "deliveryPhoneNumber", "line1", "aB"):
        assert json_name(snake(name)) == name


def test_what_has_no_form_is_refused_with_its_place() -> None:
    with pytest.raises(WronglyDeclared, match=r"Order\.주문: '주문' is no name in Protocol Buffers"):
        message_of("Order", {"properties": {"주문": {"type": "integer"}}})
    nested = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
    with pytest.raises(WronglyDeclared, match=r"Order\.size\[\]: has no form in Protocol Buffers"):
        message_of("Order", {"properties": {"size": nested}})
    with pytest.raises(WronglyDeclared, match="context 서점: '서점' is no name"):
        offered(attrs.evolve(COUPON, name="서점"))
