"""The schema for editors says what the reader of files accepts."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bookdelivery.simulation.deployment import Deployment
from bookdelivery.simulation.scenario import InvalidScenario
from bookdelivery.simulation.scenario.reading import read
from bookdelivery.simulation.scenario.schema import scenario_schema, schema_text
from bookdelivery.simulation.scenario.writing import write
from tests.simulation.scenario.samples import DISTRIBUTIONS, FAULTS, LOADS, WHOLE, scenario

FILE = Path(__file__).parents[3] / "docs/reference/scenario.schema.json"
REMAKE = 'python -c "from bookdelivery.simulation.scenario.schema import *; print(schema_text(), end=str())"'
SMALL = "lasts = 60\nload = {kind = 'poisson', per_second = 1}\n"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_in_the_docs_is_the_one_the_classes_have() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), f"make it anew: {REMAKE} > {FILE.name}"


@pytest.mark.parametrize(
    "changes",
    [
        *({"load": load} for load in LOADS),
        *({"faults": [fault]} for fault in FAULTS),
        *({"deployment": {"order": Deployment(service_s=given)}} for given in DISTRIBUTIONS),
    ],
    ids=str,
)
def test_it_accepts_every_kind(changes: dict[str, Any], validator: Any) -> None:
    validator.validate(write(scenario(**changes)))


def test_it_accepts_a_scenario_with_everything(validator: Any) -> None:
    validator.validate(json.loads(json.dumps(write(WHOLE))))


@pytest.mark.parametrize(
    "text",
    [
        "lasts = 60",
        "lasts = 60\nload = {kind = 'poisson', per_second = -1}",
        "lasts = 60\nload = {kind = 'poison', per_second = 1}",
        "lasts = 0\nload = {kind = 'poisson', per_second = 1}",
        "lasts = 60\nsed = 1\nload = {kind = 'poisson', per_second = 1}",
        SMALL + "[customers]\ncancels = 1.5",
        SMALL + "[deployment.order]\nworkers = 0",
        SMALL + "[deployment.order]\nservice_s = 'fast'",
        SMALL + "[network]\nlinks = [{one = 'order'}]",
        SMALL + "[[faults]]\nkind = 'outage'\nat = 1",
        SMALL + "[[faults]]\nkind = 'outage'\ncontext = 'order'\nlasts = 0",
    ],
)
def test_what_the_reader_refuses_it_refuses(text: str, validator: Any) -> None:
    data = tomllib.loads(text)
    with pytest.raises(InvalidScenario):
        read(data)
    assert not validator.is_valid(data)


def test_editors_can_show_what_each_key_means() -> None:
    schema = scenario_schema()
    outage = schema["$defs"]["Outage"]
    assert outage["properties"]["lasts"]["description"].startswith("how long, in seconds; then the pods start up")
    silent = [
        (name, key)
        for name, table in schema["$defs"].items()
        for key, field in table.get("properties", {}).items()
        if key != "kind" and "description" not in field
    ]
    assert silent == []
