"""Writes the manifests beside this file: `python -m examples.kubernetes.generate`.

What the design knows (which contexts there are, how many pods each needs, who calls whom) comes from the design kit.
Added is what a deployment needs besides: settings, secrets, autoscalers, security, the gateway, network policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.design import DesignModel, EdgeKind
from bookdelivery.design.contracts import kubernetes
from bookdelivery.services.serving import PORTS

PLACE = Path(__file__).parent
IMAGE = "bookdelivery:0.1.0"
GATEWAY_PORT = 8088
PART_OF = {"app.kubernetes.io/part-of": "bookstore"}

SETTINGS = {
    "BOOKDELIVERY_DATA_BROKER_URL": "kafka://kafka:9092/bookdelivery?partitions=12",
    "BOOKDELIVERY_HTTP_HOST": "0.0.0.0",  # noqa: S104 - a pod's own address is known to nobody beforehand
    "BOOKDELIVERY_HTTP_AT": json.dumps({name: f"http://{name}:{port}" for name, port in PORTS.items()}),
    "BOOKDELIVERY_OPERATIONS_LOG_FORMAT": "json",
    "BOOKDELIVERY_OPERATIONS_METRICS": "true",
    "BOOKDELIVERY_OPERATIONS_LINGER_S": "5",
    "BOOKDELIVERY_OPERATIONS_START_PATIENCE_S": "300",
    "BOOKDELIVERY_SECURITY_ISSUER": "https://login.example",
}
"""What all processes have in common."""

DATA = {
    "order": "postgresql://order:CHANGE-ME@postgres:5432/order",
    "ordermanagement": "postgresql://ordermanagement:CHANGE-ME@postgres:5432/ordermanagement",
    "payment": "mysql://payment:CHANGE-ME@mariadb:3306/payment",
    "delivery": "redis://:CHANGE-ME@redis:6379/0",
    "mypage": "postgresql://mypage:CHANGE-ME@postgres:5432/mypage",
}
"""Each context's own data; nobody else has the password."""

STORES = (5432, 3306, 6379)
KAFKA = 9092

Manifest = dict[str, Any]


def manifests() -> dict[str, list[Manifest]]:
    """Give all manifests, by the file they stand in."""
    model = DesignModel.of(BOOKSTORE, name="bookstore")
    exported = kubernetes(model)
    by_context = {
        context.name: [_filled_in(one, context.name) for one in exported if one["metadata"]["name"] == context.name]
        for context in BOOKSTORE
    }
    files = {f"contexts/{name}.yaml": [*found, _autoscaler(name, found[0])] for name, found in by_context.items()}
    return {
        "settings.yaml": [_settings(), *_secrets()],
        **files,
        "gateway.yaml": _gateway(),
        "network.yaml": _network(model),
    }


def _metadata(name: str) -> Manifest:
    return {"name": name, "labels": {"app.kubernetes.io/name": name, **PART_OF}}


def _settings() -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata("bookdelivery"), "data": SETTINGS}


def _secrets() -> Iterator[Manifest]:
    values = {name: {"url": url} for name, url in DATA.items()} | {"services": {"client-secret": "CHANGE-ME"}}
    for name, data in values.items():
        metadata = _metadata(f"{name}-secret")
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": data}


def _filled_in(exported: Manifest, name: str) -> Manifest:
    """Add to what the design exports what it cannot know."""
    if exported["kind"] == "Deployment":
        (container,) = exported["spec"]["template"]["spec"]["containers"]
        _complete(exported, container, name, PORTS[name])
        container["env"].insert(0, _from_secret("BOOKDELIVERY_DATA_URL", f"{name}-secret", "url"))
        exported["spec"]["template"]["metadata"]["labels"]["bookdelivery/role"] = "context"
    elif exported["kind"] == "Service":
        exported["spec"]["ports"] = [{"name": "http", "port": PORTS[name], "targetPort": "http"}]
    return exported


def _complete(deployment: Manifest, container: Manifest, name: str, port: int) -> None:
    deployment["spec"] |= {"minReadySeconds": 5, "revisionHistoryLimit": 5}
    template = deployment["spec"]["template"]
    template["metadata"]["annotations"] = {"prometheus.io/scrape": "true", "prometheus.io/port": str(port)}
    template["spec"] |= {
        # Kubernetes would set variables such as ORDER_PORT for every service, which are nobody's settings.
        "enableServiceLinks": False,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    container |= {
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": ["serve", name],
        "ports": [{"name": "http", "containerPort": port}],
        "envFrom": [{"configMapRef": {"name": "bookdelivery"}}],
        "env": [_from_secret("BOOKDELIVERY_SECURITY_CLIENT_SECRET", "services-secret", "client-secret")],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "200m", "memory": "192Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
    }


def _from_secret(variable: str, secret: str, key: str) -> Manifest:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _autoscaler(name: str, deployment: Manifest) -> Manifest:
    """As the original system was scaled: at 20 % of the CPU that is asked for, up to three pods."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _metadata(name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": deployment["spec"]["replicas"],
            "maxReplicas": 3,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 20}},
                }
            ],
        },
    }


def _gateway() -> list[Manifest]:
    """The one entrance: made like a context's workload, but without data."""
    metadata = _metadata("gateway")
    selector = {"app.kubernetes.io/name": "gateway"}
    container: Manifest = {
        "name": "gateway",
        "livenessProbe": _probe("/livez", 3),
        "readinessProbe": _probe("/readyz", 1),
    }
    deployment: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": metadata["labels"]}, "spec": {"containers": [container]}},
        },
    }
    _complete(deployment, container, "gateway", GATEWAY_PORT)
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "type": "LoadBalancer",
            # The gateway limits by address, so it has to see the clients' own.
            "externalTrafficPolicy": "Local",
            "selector": selector,
            "ports": [{"name": "http", "port": GATEWAY_PORT, "targetPort": "http"}],
        },
    }
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": {"minAvailable": 1, "selector": {"matchLabels": selector}},
    }
    return [deployment, service, budget, _autoscaler("gateway", deployment)]


def _probe(path: str, failures: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": 5,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }


def _network(model: DesignModel) -> list[Manifest]:
    """Nobody talks to anybody, but for the ways that the design has, and those that running it takes."""
    everybody = _policy("deny-all", PART_OF, types=("Ingress", "Egress"))
    names = _policy(
        "everybody-asks-for-names",
        PART_OF,
        egress=[
            {"to": [{"namespaceSelector": {}}], "ports": [{"port": 53, "protocol": one} for one in ("UDP", "TCP")]}
        ],
    )
    outside = [KAFKA, *STORES]
    data = _policy(
        "contexts-reach-kafka-and-their-data",
        {**PART_OF, "bookdelivery/role": "context"},
        egress=[{"ports": [{"port": port, "protocol": "TCP"} for port in outside]}],
    )
    keys = _policy("everybody-reaches-the-issuer", PART_OF, egress=[{"ports": [{"port": 443, "protocol": "TCP"}]}])
    measured = _policy(
        "prometheus-asks-everybody",
        PART_OF,
        ingress=[
            {
                "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
                "ports": [{"port": "http", "protocol": "TCP"}],
            }
        ],
    )
    entrance = _policy(
        "anybody-reaches-the-gateway",
        {"app.kubernetes.io/name": "gateway"},
        ingress=[{"ports": [{"port": "http", "protocol": "TCP"}]}],
    )
    ways = [*(("gateway", context.name) for context in BOOKSTORE), *sorted(set(_calls(model)))]
    return [everybody, names, data, keys, measured, entrance, *(one for way in ways for one in _way(*way))]


def _calls(model: DesignModel) -> Iterator[tuple[str, str]]:
    for edge in model.edges(EdgeKind.CALLS):
        caller, callee = model.node(edge.source).context, model.node(edge.target).context
        if caller and callee and caller != callee:
            yield caller, callee


def _way(caller: str, callee: str) -> Sequence[Manifest]:
    port = [{"port": PORTS[callee], "protocol": "TCP"}]
    there = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": callee}}}]
    here = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": caller}}}]
    return (
        _policy(f"{caller}-asks-{callee}", {"app.kubernetes.io/name": caller}, egress=[{"to": there, "ports": port}]),
        _policy(
            f"{callee}-is-asked-by-{caller}",
            {"app.kubernetes.io/name": callee},
            ingress=[{"from": here, "ports": port}],
        ),
    )


def _policy(
    name: str,
    of: Mapping[str, str],
    *,
    ingress: Sequence[Manifest] | None = None,
    egress: Sequence[Manifest] | None = None,
    types: Sequence[str] = (),
) -> Manifest:
    given = {"ingress": ingress, "egress": egress}
    rules = {direction: list(rule) for direction, rule in given.items() if rule is not None}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(name),
        "spec": {
            "podSelector": {"matchLabels": dict(of)},
            "policyTypes": list(types) or [direction.capitalize() for direction in rules],
            **rules,
        },
    }


def written(objects: Sequence[Manifest]) -> str:
    """Write manifests as the text of one file."""
    documents = (yaml.dump(one, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110) for one in objects)
    return "# Written by `python -m examples.kubernetes.generate`; change that instead.\n" + "---\n".join(documents)


class _Plain(yaml.SafeDumper):
    """Writes what stands in several places in each of them, as people do."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


if __name__ == "__main__":
    for file, objects in manifests().items():
        path = PLACE / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(objects), encoding="utf-8")
        print(path)
