"""The alert rules and the dashboard: each expression is PromQL, and names metrics and labels that there are."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from bookdelivery.adapters.observability.catalogue import CATALOGUE, Sort
from bookdelivery.resilience import BreakerState
from bookdelivery.services.serving import PORTS

PLACE = Path(__file__).parents[2] / "examples" / "monitoring"
RULES = [rule for group in yaml.safe_load((PLACE / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((PLACE / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

OF_PROCESSES = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
"""Those of prometheus_client that the dashboard uses."""

VALUES = {
    "kind": {"http", "command", "read", "call", "publish", "message"},
    "result": {"handled", "duplicate", "ignored", "retried", "dead_lettered"},
    "state": {state.value for state in BreakerState},
    "context": {*PORTS, "gateway"},
}
"""What labels may hold, of those with fixed values."""


def labels_of_metrics() -> dict[str, set[str]]:
    """Give the labels of each series that is told, by its name."""
    found: dict[str, set[str]] = {name: set() for name in OF_PROCESSES}
    for metric in CATALOGUE:
        if metric.sort is Sort.HISTOGRAM:
            found |= {f"{metric.name}{end}": {*metric.labels} for end in ("_count", "_sum")}
            found[f"{metric.name}_bucket"] = {*metric.labels, "le"}
        else:
            found[metric.name] = {*metric.labels}
    return found


LABELS = labels_of_metrics()
BY_PROMETHEUS = {"job", "instance"}


def selectors(expression: Any) -> Iterator[Any]:
    """Give all series that an expression selects."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    elif isinstance(expression, promql_parser.MatrixSelector):
        yield expression.vector_selector
    else:
        for name in ("expr", "lhs", "rhs"):
            inner = getattr(expression, name, None)
            if inner is not None:
                yield from selectors(inner)
        for argument in getattr(expression, "args", ()):
            yield from selectors(argument)


def check(text: str) -> None:
    """See that an expression is one, and that all it names is there."""
    expression = promql_parser.parse(text.replace("$__rate_interval", "5m").replace("$context", ".*"))
    selected = list(selectors(expression))
    assert selected, text
    for one in selected:
        assert one.name in LABELS, f"{one.name} is no metric: {text}"
        for matcher in one.matchers.matchers:
            assert matcher.name in LABELS[one.name] | BY_PROMETHEUS, f"{one.name} has no label {matcher.name}"
            if matcher.name in VALUES:
                assert any(re.fullmatch(matcher.value, value) for value in VALUES[matcher.name]), matcher.value
    known = set().union(*(LABELS[one.name] for one in selected)) | BY_PROMETHEUS
    for grouped in re.findall(r"\bby \(([^)]*)\)", text):
        assert {name.strip() for name in grouped.split(",")} <= known, text


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_rule_is_one_that_prometheus_takes(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
    assert re.fullmatch(r"[A-Z][A-Za-z]+", rule["alert"])
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert {"summary", "look_at"} <= set(rule["annotations"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    check(rule["expr"])
    templates = " ".join(rule["annotations"].values())
    named = set(re.findall(r"\$labels\.(\w+)", templates))
    assert named <= {label for labels in LABELS.values() for label in labels}


def test_alerts_have_names_of_their_own_and_each_issue_an_alert_is_for_has_one() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    asked_for = {"outbox", "consumer_lag", "breaker", "dead_letters", "ready", "operation_seconds"}
    expressions = " ".join(rule["expr"] for rule in RULES)
    assert {word for word in asked_for if word in expressions} == asked_for


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_a_panel_shows_what_is_told(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        check(target["expr"])
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert named <= {label for labels in LABELS.values() for label in labels} | BY_PROMETHEUS
    assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}


def test_panels_neither_overlap_nor_share_a_number() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    for one, other in itertools.combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_every_metric_of_ours_is_shown_or_alerted_on() -> None:
    told = json.dumps(DASHBOARD) + " ".join(rule["expr"] for rule in RULES)
    assert [metric.name for metric in CATALOGUE if metric.name not in told] == []


def test_what_is_no_metric_is_found_out() -> None:
    with pytest.raises(AssertionError, match="bookdelivery_orders_total is no metric"):
        check("rate(bookdelivery_orders_total[5m])")
    with pytest.raises(AssertionError, match="bookdelivery_ready has no label colour"):
        check('bookdelivery_ready{colour="red"}')
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        check("rate(bookdelivery_ready[5m]")


def test_prometheus_asks_every_service_and_reads_the_rules() -> None:
    settings = yaml.safe_load((PLACE / "prometheus.yaml").read_text())
    (job,) = settings["scrape_configs"]
    (targets,) = (one["targets"] for one in job["static_configs"])
    assert targets == [*(f"{name}:{port}" for name, port in PORTS.items()), "gateway:8088"]
    assert settings["rule_files"] == ["alerts.yaml"]
