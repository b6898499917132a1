"""A hexagon shows the domain inside, and outside what stands on each port."""

import pytest

from bookdelivery.design import DesignModel, UnknownElement
from bookdelivery.design.configuration import Configuration, embedded, with_adapters
from bookdelivery.design.drawing import hexagon
from bookdelivery.design.drawing.scene import Note

CONFIGURED: Configuration = {
    "Store": "postgresql://db/shop",
    "Broker": "kafka://broker:9092",
    "Commands": ["http://:8088/orders", "grpc://:9088"],
    "delivery": {"Store": "redis://cache"},
}


@pytest.fixture(scope="module")
def configured(bookstore: DesignModel) -> DesignModel:
    return with_adapters(bookstore, CONFIGURED)


def notes_of(model: DesignModel, context: str) -> dict[str, Note]:
    return {note.id: note for note in hexagon(model, context).scene.notes}


def test_the_domain_is_inside_and_everybody_else_outside(bookstore: DesignModel) -> None:
    drawing = hexagon(bookstore, "order")
    heart = next(region for region in drawing.scene.regions if region.id == "heart").rect
    hull = next(region for region in drawing.scene.regions if region.id == "hull").rect
    for note in drawing.scene.notes:
        if note.kind in {"command", "policy", "aggregate", "event"} and not note.id.startswith("legend:"):
            assert heart.contains(note.rect), note.id
        if note.kind in {"store", "topic", "actor", "external"} and not note.id.startswith("legend:"):
            assert not hull.meets(note.rect), note.id


def test_who_drives_stands_left_and_what_is_driven_right(bookstore: DesignModel) -> None:
    notes = notes_of(bookstore, "order")
    middle = notes["aggregate:order.Order"].rect.center.x
    assert notes["actor:customer>Commands"].rect.right < middle < notes["store:order>Store"].rect.x
    assert notes["topic:bookdelivery>Events"].rect.right < middle < notes["topic:bookdelivery>Broker"].rect.x


def test_pub_sub_is_dashed_and_request_response_is_not(bookstore: DesignModel) -> None:
    wires = {(wire.source, wire.target): wire for wire in hexagon(bookstore, "payment").scene.wires}
    assert wires["topic:bookdelivery>Events", "port:payment.Events"].dashed
    assert not wires["context:order>Commands", "port:payment.Commands"].dashed


def test_a_configured_adapter_stands_between_its_port_and_what_it_reaches(configured: DesignModel) -> None:
    notes = notes_of(configured, "delivery")
    redis = notes["adapter:delivery.Store redis://cache>Store"]
    assert notes["port:delivery.Store"].rect.right < redis.rect.x
    assert redis.rect.right < notes["store:delivery>Store"].rect.x
    assert [line.text for line in redis.lines] == ["Redis", "redis://cache"]


def test_two_adapters_of_a_port_share_what_is_beyond(configured: DesignModel) -> None:
    ends = {(wire.source, wire.target) for wire in hexagon(configured, "order").scene.wires}
    rest, grpc = ("adapter:order.Commands http://:8088/orders>Commands", "adapter:order.Commands grpc://:9088>Commands")
    for adapter in (rest, grpc):
        assert ("actor:customer>Commands", adapter) in ends
        assert (adapter, "port:order.Commands") in ends


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_overlaps_whatever_is_configured(
    bookstore: DesignModel, configured: DesignModel, language: str
) -> None:
    for model in (configured, with_adapters(bookstore, embedded(bookstore))):
        for context in model.contexts():
            assert hexagon(model, context.name, language=language).faults == ()


def test_the_kind_of_store_stands_in_it(bookstore: DesignModel) -> None:
    texts = [line.text for line in notes_of(bookstore, "delivery")["store:delivery>Store"].lines]
    assert texts == ["delivery", "key-value (Redis)"]


def test_a_context_that_there_is_not_is_an_error(bookstore: DesignModel) -> None:
    with pytest.raises(UnknownElement, match="shipping"):
        hexagon(bookstore, "shipping")
