"""Adapters come into the design from a configuration, and a wrong one is told in its own words."""

from pathlib import Path

import pytest

from bookdelivery.design import DesignModel, EdgeKind, NodeKind, UnknownElement
from bookdelivery.design.configuration import (
    Configuration,
    UnreadableConfiguration,
    embedded,
    read_configuration,
    with_adapters,
)
from bookdelivery.design.impact import Effect, impact
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM

CONFIGURED: Configuration = {
    "Store": "postgresql://shop:secret@db/shop",
    "Broker": "kafka://broker:9092",
    "Commands": ["http://:8088/orders", "grpc://:9088"],
    "delivery": {"Store": "redis://cache"},
    "payment": {"PaymentProvider": "https://provider.example"},
}


@pytest.fixture(scope="module")
def model() -> DesignModel:
    return with_adapters(DesignModel.of(BOOKSTORE_SYSTEM), CONFIGURED)


def adapters_on(model: DesignModel, port: str) -> list[str]:
    return [node.name for node in model.predecessors(port, EdgeKind.IMPLEMENTS)]


def test_a_url_chooses_the_adapter_of_every_context(model: DesignModel) -> None:
    assert adapters_on(model, "port:order.Store") == ["PostgreSQL"]
    assert adapters_on(model, "port:mypage.Store") == ["PostgreSQL"]
    assert adapters_on(model, "port:order.Commands") == ["REST", "gRPC"]


def test_a_context_s_own_choice_goes_first(model: DesignModel) -> None:
    assert adapters_on(model, "port:delivery.Store") == ["Redis"]
    assert adapters_on(model, "port:payment.PaymentProvider") == ["REST"]


def test_events_come_from_the_broker_they_are_published_to(model: DesignModel) -> None:
    assert adapters_on(model, "port:mypage.Events") == adapters_on(model, "port:order.Broker") == ["Kafka"]


def test_an_adapter_reaches_what_is_behind_its_port(model: DesignModel) -> None:
    (store,) = model.predecessors("port:delivery.Store", EdgeKind.IMPLEMENTS)
    assert [node.id for node in model.successors(store.id, EdgeKind.REACHES)] == ["store:delivery"]
    (provider,) = model.predecessors("port:payment.PaymentProvider", EdgeKind.IMPLEMENTS)
    assert [node.name for node in model.successors(provider.id, EdgeKind.REACHES)] == ["payment provider"]


def test_no_password_comes_into_the_design(model: DesignModel) -> None:
    assert "secret" not in model.to_json()
    assert any(node.facts["url"] == "postgresql://db/shop" for node in model.nodes(NodeKind.ADAPTER))


def test_everything_is_embedded_by_default() -> None:
    plain = DesignModel.of(BOOKSTORE_SYSTEM)
    model = with_adapters(plain, embedded(plain))
    assert adapters_on(model, "port:order.Store") == ["in memory"]
    assert adapters_on(model, "port:order.Events") == ["in memory"]


def test_what_an_adapter_is_gone_for_is_asked_like_anything_else(model: DesignModel) -> None:
    (store,) = model.predecessors("port:delivery.Store", EdgeKind.IMPLEMENTS)
    assert impact(model, store.id)["command:CompleteDelivery"] is Effect.STOPS
    assert impact(model, store.id)["command:PlaceOrder"] is Effect.UNHARMED


@pytest.mark.parametrize(
    ("configuration", "named"),
    [
        ({"Storage": "memory://"}, "Storage"),
        ({"shipping": {"Store": "memory://"}}, "shipping"),
        ({"delivery": {"PaymentProvider": "memory://"}}, "PaymentProvider"),
    ],
)
def test_a_name_that_the_design_does_not_have_is_an_error(configuration: Configuration, named: str) -> None:
    with pytest.raises(UnknownElement, match=named):
        with_adapters(DesignModel.of(BOOKSTORE_SYSTEM), configuration)


def test_what_is_no_url_is_an_error_that_names_port_and_context() -> None:
    with pytest.raises(InvalidField, match=r"adapters\.order\.Store is 'shop\.db', but must be a URL"):
        with_adapters(DesignModel.of(BOOKSTORE_SYSTEM), {"order": {"Store": "shop.db"}})


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('[adapters]\nStore = "sqlite:///shop.db"\n[adapters.delivery]\nStore = "redis://cache"\n')
    assert read_configuration(file) == {"Store": "sqlite:///shop.db", "delivery": {"Store": "redis://cache"}}


@pytest.mark.parametrize(
    ("content", "problem"), [("[shop]\n", "has no table"), ("adapters = 3\n", "has no table"), ("]", "is no TOML")]
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(content)
    with pytest.raises(UnreadableConfiguration, match=problem):
        read_configuration(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfiguration, match="cannot be read"):
        read_configuration(tmp_path / "nothing.toml")
