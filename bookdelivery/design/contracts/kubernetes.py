"""A skeleton of Kubernetes objects, one workload a context: what the design knows, for the team to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel

PORT = 8080

REPLICAS = {"core": 2, "general": 2, "supporting": 1}
"""What is core is never a single pod."""


def kubernetes(model: DesignModel, *, image: str = "registry.example/{context}:latest") -> Sequence[dict[str, Any]]:
    """Give a Deployment, a Service and, for what must not go down as a whole, a PodDisruptionBudget for each context.

    Rolling updates take no pod away before its successor is ready; probes decide over restarts and traffic. Where the
    data, the topic and the contexts that it calls are stands in the environment, as `bookdelivery serve` reads it.

    Args:
        model: the design.
        image: the name of a context's image, with `{context}` where its name goes.

    Raises:
        KeyError, IndexError, ValueError: the image has other braces than those.
    """
    objects: list[dict[str, Any]] = []
    for context in model.contexts():
        objects += [
            _deployment(model, context, image.format(context=dns_label(context.name))),
            _service(model, context),
        ]
        if REPLICAS[context.facts["subdomain"]] > 1:
            objects.append(_budget(model, context))
    return objects


def _metadata(model: DesignModel, context: Node) -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/name": dns_label(context.name),
        "app.kubernetes.io/part-of": dns_label(model.name),
        "bookdelivery/subdomain": context.facts["subdomain"],
        "bookdelivery/team": dns_label(context.facts["team"]),
    }
    return {"name": dns_label(context.name), "labels": {name: value for name, value in labels.items() if value}}


def dns_label(name: str) -> str:
    """Give a name as Kubernetes takes it for objects, hosts and labels (RFC 1123): `order_desk` is `order-desk`.

    Letters beyond ASCII are written as hosts have them (RFC 3492): `주문` is `xn--z92bt5w`.
    """
    words = re.sub(r"[\W_]+", "-", name.lower()).strip("-")
    label = words if words.isascii() else f"xn--{words.encode('punycode').decode()}"
    return label[:63].rstrip("-")


def _selector(context: Node) -> dict[str, str]:
    return {"app.kubernetes.io/name": dns_label(context.name)}


def _deployment(model: DesignModel, context: Node, image: str) -> dict[str, Any]:
    metadata = _metadata(model, context)
    container = {
        "name": dns_label(context.name),
        "image": image,
        "ports": [{"name": "http", "containerPort": PORT}],
        "env": _environment(model, context),
        "livenessProbe": _probe("/livez", failures=3),
        "readinessProbe": _probe("/readyz", failures=1),
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": REPLICAS[context.facts["subdomain"]],
            "selector": {"matchLabels": _selector(context)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": metadata["labels"]}, "spec": {"containers": [container]}},
        },
    }


def _environment(model: DesignModel, context: Node) -> list[dict[str, str]]:
    values = {
        "BOOKDELIVERY_DATA_URL": f"postgresql://postgres/{dns_label(context.name)}",
        "BOOKDELIVERY_DATA_BROKER_URL": f"kafka://kafka:9092/{model.nodes(NodeKind.TOPIC)[0].name}",
    }
    called = set(_called(model, context))
    if called:
        addresses = {name: f"http://{dns_label(name)}" for name in sorted(called)}
        values["BOOKDELIVERY_HTTP_AT"] = json.dumps(addresses, ensure_ascii=False)
    return [{"name": name, "value": value} for name, value in values.items()]


def _called(model: DesignModel, context: Node) -> Iterator[str]:
    for edge in model.edges(EdgeKind.CALLS):
        callee = model.node(edge.target).context
        if model.node(edge.source).context == context.name and callee not in (None, context.name):
            yield str(callee)


def _probe(path: str, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": 5,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def _service(model: DesignModel, context: Node) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(model, context),
        "spec": {"selector": _selector(context), "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }


def _budget(model: DesignModel, context: Node) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(model, context),
        "spec": {"minAvailable": 1, "selector": {"matchLabels": _selector(context)}},
    }
