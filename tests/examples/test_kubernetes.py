"""The manifests in examples/kubernetes: valid, up to date, and such as the services and the simulation read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.services.config_loading import load_config
from bookdelivery.services.serving import PORTS
from bookdelivery.simulation import Scenario
from bookdelivery.simulation.operations import DisruptionBudget
from examples.kubernetes.generate import PLACE, manifests, written
from tests.design.test_kubernetes import validator

OBJECTS = [
    one for path in sorted(PLACE.rglob("*.yaml")) for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
IGNORED = ("Service", "resources.limits.memory", "resources.requests.memory")


def of_kind(kind: str) -> dict[str, Any]:
    """Give the objects of a kind, by their names."""
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, deployment in of_kind("Deployment").items():
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            yield name, container


def test_they_are_what_the_generator_writes() -> None:
    for file, objects in manifests().items():
        assert (PLACE / file).read_text(encoding="utf-8") == written(objects), (
            f"{file} is out of date: python -m examples.kubernetes.generate"
        )
    assert {str(path.relative_to(PLACE)) for path in PLACE.rglob("*.yaml")} == set(manifests())


@pytest.mark.parametrize("one", OBJECTS, ids=[f"{one['kind']} {one['metadata']['name']}" for one in OBJECTS])
def test_they_are_valid_by_the_official_schemas(one: dict[str, Any]) -> None:
    assert [error.message for error in validator(one).iter_errors(one)] == []


def test_each_service_has_all_that_keeps_it_running() -> None:
    served = {*(context.name for context in BOOKSTORE), "gateway"}
    for kind in ("Deployment", "Service", "HorizontalPodAutoscaler"):
        assert set(of_kind(kind)) == served
    assert set(of_kind("PodDisruptionBudget")) == served - {"delivery"}
    for name, container in containers():
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["args"] == ["serve", name]
        (port,) = container["ports"]
        assert port["containerPort"] == {**PORTS, "gateway": 8088}[name]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
    for autoscaler in of_kind("HorizontalPodAutoscaler").values():
        (metric,) = autoscaler["spec"]["metrics"]
        assert metric["resource"]["target"]["averageUtilization"] == 20
        assert autoscaler["spec"]["maxReplicas"] == 3


def test_the_services_understand_their_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = of_kind("ConfigMap")["bookdelivery"]["data"]
    secrets = {name: one["stringData"] for name, one in of_kind("Secret").items()}
    for name, container in containers():
        with monkeypatch.context() as pod:
            for variable, value in settings.items():
                pod.setenv(variable, value)
            for given in container["env"]:
                taken = given["valueFrom"]["secretKeyRef"]
                pod.setenv(given["name"], secrets[taken["name"]][taken["key"]])
            config = load_config().config
        assert config.data.broker_url.startswith("kafka://")
        assert set(config.http.at) == set(PORTS)
        if name != "gateway":
            assert f"/{name}" in config.data.url or name == "delivery"
        grace_s = of_kind("Deployment")[name]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert grace_s > config.operations.linger_s + 3 * config.operations.drain_s


def test_a_context_has_no_other_contexts_secret() -> None:
    for name, container in containers():
        secrets = {given["valueFrom"]["secretKeyRef"]["name"] for given in container["env"]}
        assert secrets <= {f"{name}-secret", "services-secret"}


def test_the_network_lets_through_what_the_design_has_and_nothing_else() -> None:
    policies = of_kind("NetworkPolicy")
    everything = policies["deny-all"]["spec"]
    assert (everything["policyTypes"], "ingress" in everything, "egress" in everything) == (
        ["Ingress", "Egress"],
        False,
        False,
    )
    named = {name for name in policies if "-asks-" in name}
    ways = {("gateway", name) for name in PORTS} | {("order", "payment")}
    assert named == {f"{caller}-asks-{callee}" for caller, callee in ways} | {
        "everybody-asks-for-names",
        "prometheus-asks-everybody",
    }
    for caller, callee in itertools.product(("gateway", *PORTS), PORTS):
        assert (f"{callee}-is-asked-by-{caller}" in policies) == ((caller, callee) in ways)


def test_the_simulation_reads_how_the_contexts_are_deployed() -> None:
    scenario = Scenario.from_kubernetes(str(PLACE / "contexts" / "*.yaml"), ignore=IGNORED)
    assert set(scenario.deployment) == set(PORTS)
    order = scenario.deployment["order"]
    assert order.replicas == 2
    assert order.platform is not None
    assert order.platform.autoscaler is not None
    assert order.platform.autoscaler.max_replicas == 3
    assert order.platform.disruption_budget == DisruptionBudget(min_available=1)
    assert order.platform.termination_grace_period_s == 60
