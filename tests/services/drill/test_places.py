"""Where a drill's data are, whose topic it takes, and which servers it may kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.drill.places import Places, with_topic
from bookdelivery.simulation import Poisson, Scenario, Topic

SCENARIO = Scenario(load=Poisson(per_second=1), lasts=10, topic=Topic(partitions=3, session_timeout_s=6))


def test_a_drill_has_a_topic_of_its_own_with_the_scenarios_partitions() -> None:
    kafka, redis = (with_topic(url, SCENARIO) or "" for url in ("kafka://h:9092", "redis://:p@h:6379/0"))
    assert kafka.startswith("kafka://h:9092/drill-")
    assert kafka.endswith("?partitions=3&session.timeout.ms=6000")
    assert "topic=drill-" in redis
    assert "lease_s=6" in redis


def test_what_a_url_says_stays() -> None:
    url = "kafka://h:9092/mine?partitions=1&session.timeout.ms=9000"
    assert with_topic(url, SCENARIO) == url
    assert with_topic("sqlite:///topic.db", SCENARIO) == "sqlite:///topic.db"
    assert with_topic(None, SCENARIO) is None


def test_the_server_of_the_data_is_that_of_all_contexts_that_have_no_other(tmp_path: Path) -> None:
    places = Places(
        url="postgresql://u:p@localhost:1/db", stores={"mypage": "redis://h:2/0"}, run={"data": "a b", "mypage": "c"}
    )
    servers = places.servers(tmp_path)
    by_context = places.by_context(servers, ("order", "mypage"))
    assert {name: server.name for name, server in by_context.items()} == {"order": "data", "mypage": "mypage"}


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"data": "postgres"}, "a server, whose URL is given"),
        ({"delivery": "redis-server"}, "a server, whose URL is given"),
        ({"broker": "java 'kafka"}, "No closing quotation"),
    ],
)
def test_a_command_for_no_server_is_refused(run: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=words):
        Places(url="sqlite:///shop.db", broker_url="kafka://localhost:9", run=run).servers(tmp_path)
