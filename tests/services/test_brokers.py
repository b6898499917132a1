"""The topic is where its URL says, and an error names what is allowed where that cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bookdelivery import Bookstore, InvalidField
from bookdelivery.kernel.errors import MissingExtra
from bookdelivery.services.brokers import url_of_broker


def refused(broker_url: str, tmp_path: Path) -> str:
    """Give the reason a bookstore is not opened for."""
    with pytest.raises(InvalidField) as refusal:
        Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url=broker_url)
    assert list(tmp_path.iterdir()) == []
    return str(refusal.value)


def test_an_unknown_kind_of_broker_is_refused_with_all_that_are_known(tmp_path: Path) -> None:
    reason = refused("amqp://scott:tiger@host/shop", tmp_path)
    assert "broker_url is 'amqp://***@host/shop', but must be memory://, sqlite:///FILE" in reason
    assert "kafka://HOST:PORT/TOPIC or redis://HOST:PORT/NUMBER" in reason


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("kafka://", "broker_url is 'kafka://', but must be kafka://[USER:PASSWORD@]HOST:PORT"),
        ("kafka://scott:tiger@/shop", "'kafka://***@/shop'"),
        ("kafka://host:9092/no topic", "topic is 'no topic', but must be 1 to 249 letters"),
        ("kafka://host:9092/..", "topic is '..'"),
        ("kafka://host:9092?partitions=0", "partitions is '0', but must be an integer from 1 to 1024"),
        ("kafka://host:9092?partitions=5000", "partitions is 5000"),
        ("kafka://host:9092?partitions=some", "partitions is 'some'"),
        ("kafka://host:9092?acks=1", "settings['acks'] is '1', but must be left out: what this adapter guarantees"),
        ("redis://host:99999/1", "broker_url is 'redis://host:99999/1'"),
        ("redis:///1", "broker_url is 'redis:"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, part: str, tmp_path: Path) -> None:
    reason = refused(url, tmp_path)
    assert part in reason
    assert "tiger" not in reason


def test_a_setting_the_client_does_not_know_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    with pytest.raises(InvalidField, match=r"No such configuration property: \"no.such.setting\""):
        Bookstore.open(url, broker_url="kafka://host:9092?no.such.setting=1")
    with pytest.raises(InvalidField, match="with whole partitions and a number for lease_s"):
        Bookstore.open(url, broker_url="redis://host?partitions=some")


def test_a_broker_whose_packages_are_missing_is_refused_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    for loaded in [name for name in sys.modules if name.startswith("bookdelivery.adapters.brokers.kafka")]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(MissingExtra, match=r"kafka:// needs confluent_kafka.* pip install 'bookdelivery\[kafka\]'"):
        Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url="kafka://host:9092")


def test_the_topic_lies_with_the_data_where_those_can_carry_it() -> None:
    assert url_of_broker("sqlite:///shop.db", None) == "sqlite:///shop.db"
    assert url_of_broker("redis://host/1", None) == "redis://host/1"
    assert url_of_broker("sqlite:///shop.db", "kafka://host:9092") == "kafka://host:9092"
