"""The Kubernetes objects are valid by Kubernetes' own schemas, whatever a system's names are."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, EdgeKind
from bookdelivery.design.contracts import kubernetes
from bookdelivery.design.contracts.kubernetes import dns_label
from bookdelivery.design.rules.cafe import CAFE
from examples.coupon import BOOKSTORE_WITH_COUPONS

MODEL = DesignModel.of(BOOKSTORE, name="bookstore")
SYSTEMS = {
    "bookstore": MODEL,
    "coupons": DesignModel.of(BOOKSTORE_WITH_COUPONS),
    "café": DesignModel.of(CAFE, name="우리 카페 & Sons_Ltd." + "!" * 70),
}
OFFICIAL: Any = json.loads((Path(__file__).parent / "assets" / "kubernetes-1.37.json").read_text())
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1123, as https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ has it."""


def validator(one: Mapping[str, Any]) -> Draft202012Validator:
    group, _, version = one["apiVersion"].rpartition("/")
    wanted = {"group": group, "version": version, "kind": one["kind"]}
    (name,) = (
        name
        for name, schema in OFFICIAL["$defs"].items()
        if wanted in schema.get("x-kubernetes-group-version-kind", ())
    )
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": OFFICIAL["$defs"]})


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_objects_are_valid_by_the_official_schemas(system: str) -> None:
    objects = kubernetes(SYSTEMS[system])
    assert objects
    for one in objects:
        assert [error.message for error in validator(one).iter_errors(one)] == []


def test_the_official_schemas_have_teeth() -> None:
    deployment = kubernetes(MODEL)[0]
    deployment["spec"]["template"]["spec"]["containers"][0]["imagee"] = "typo"
    assert not validator(deployment).is_valid(deployment)


@pytest.mark.parametrize("system", SYSTEMS)
def test_names_and_labels_are_such_as_the_api_server_takes(system: str) -> None:
    for one in kubernetes(SYSTEMS[system]):
        assert LABEL.fullmatch(one["metadata"]["name"])
        assert all(LABEL.fullmatch(value) for value in one["metadata"]["labels"].values())


@pytest.mark.parametrize(
    ("name", "label"),
    [("order", "order"), ("order_desk", "order-desk"), ("Bookstore with coupons", "bookstore-with-coupons")],
)
def test_a_name_is_written_as_a_label(name: str, label: str) -> None:
    assert dns_label(name) == label


def test_a_korean_name_is_written_as_hosts_have_it() -> None:
    assert dns_label("주문") == "주문".encode("idna").decode()


def test_each_context_is_a_workload_with_probes_and_a_service() -> None:
    objects = kubernetes(MODEL)
    kinds = {(one["kind"], one["metadata"]["name"]) for one in objects}
    for context in BOOKSTORE:
        assert ("Deployment", context.name) in kinds
        assert ("Service", context.name) in kinds
    assert ("PodDisruptionBudget", "order") in kinds
    assert ("PodDisruptionBudget", "delivery") not in kinds
    for one in objects:
        if one["kind"] == "Deployment":
            spec = one["spec"]
            (container,) = spec["template"]["spec"]["containers"]
            assert container["livenessProbe"]
            assert container["readinessProbe"]
            assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
            assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
            assert (spec["replicas"] > 1) == (("PodDisruptionBudget", one["metadata"]["name"]) in kinds)


def test_a_workload_knows_where_its_data_the_topic_and_those_it_calls_are() -> None:
    order = next(one for one in kubernetes(MODEL) if one["metadata"]["name"] == "order")
    environment = {one["name"]: one["value"] for one in order["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert environment["BOOKDELIVERY_DATA_BROKER_URL"] == "kafka://kafka:9092/bookdelivery"
    assert json.loads(environment["BOOKDELIVERY_HTTP_AT"]) == {"payment": "http://payment"}
    assert len(MODEL.edges(EdgeKind.CALLS)) > 0


def test_a_team_without_a_name_is_no_label() -> None:
    anonymous = DesignModel.of([attrs.evolve(context, team="") for context in BOOKSTORE], name="shop")
    assert all("bookdelivery/team" not in one["metadata"]["labels"] for one in kubernetes(anonymous))
