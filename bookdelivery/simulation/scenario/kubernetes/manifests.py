"""Files of manifests: what is in them, and which belongs to which context."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

import attrs
import yaml

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.deployment import Deployment
from bookdelivery.simulation.operations import Autoscaler, DisruptionBudget, Platform
from bookdelivery.simulation.scenario.kubernetes.fields import Fields, Notes, labels, number_or_percent, text
from bookdelivery.simulation.scenario.kubernetes.pods import PodsOf, read_deployment
from bookdelivery.simulation.scenario.kubernetes.scaling import read_autoscaler
from bookdelivery.simulation.scenario.problems import InvalidScenario, Problem
from bookdelivery.simulation.scenario.toml import text_of

API_VERSIONS = {
    "Deployment": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
}
"""The kinds that are read, in the version of the interface that is understood."""

_EVERY_POD: dict[str, str] = {}


def read_manifests(
    patterns: Sequence[str],
    deployment: Mapping[str, Deployment] | None = None,
    *,
    contexts: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
) -> dict[str, Deployment]:
    """Read how contexts are deployed.

    Args:
        patterns: files, or patterns of files such as "k8s/*.yaml", each with one manifest or more.
        deployment: what manifests do not say, such as service times, by context; what they do say replaces it.
        contexts: which context a Deployment runs, by its name, where that is not the context's own.
        ignore: fields and kinds that may be overlooked although the simulation does not know them, such as
            "resources.limits.memory" or "Service".

    Raises:
        UnreadableFile: a file cannot be opened, or is not text.
        InvalidScenario: a pattern finds no file, a file is no manifest, or one says what cannot be simulated.
    """
    shelf = _Shelf(ignore)
    for path in _files(patterns):
        for number, document in enumerate(_documents(path), start=1):
            shelf.put(document, str(path), number)
    return shelf.deployments(dict(deployment or {}), contexts or {})


def _files(patterns: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    for pattern in patterns:
        files = sorted(glob(pattern, recursive=True))  # noqa: PTH207, since a pattern may be an absolute path
        if not files:
            raise InvalidScenario(pattern, [Problem("", pattern, "the name of a file, or a pattern that finds one")])
        found += [Path(file) for file in files if Path(file) not in found]
    return found


def _documents(path: Path) -> Iterator[Any]:
    try:
        for document in yaml.safe_load_all(text_of(path)):
            is_list = isinstance(document, Mapping) and document.get("kind") == "List"
            yield from (document.get("items") or []) if is_list else [document] if document is not None else []
    except yaml.YAMLError as error:
        raise InvalidScenario(str(path), [Problem("", "its text", f"YAML: {error}")]) from error


@attrs.define
class _Found:
    pods: PodsOf
    source: str


class _Shelf:
    """The manifests read so far."""

    def __init__(self, ignore: Collection[str]) -> None:
        self._ignore = ignore
        self._found: dict[str, _Found] = {}
        self._autoscalers: dict[str, tuple[Autoscaler, str]] = {}
        self._budgets: list[tuple[Mapping[str, str], DisruptionBudget, str]] = []

    def put(self, document: Any, file: str, number: int) -> None:
        notes = Notes(self._ignore)
        manifest = Fields(document, "", notes)
        kind = manifest.take("kind", text, "")
        if kind in self._ignore:
            return
        metadata = manifest.inner("metadata")
        name = metadata.take("name", text, "")
        metadata.skip("namespace", "labels", "annotations", "creationTimestamp")
        metadata.end()
        manifest.skip("status")
        source = f"{file} ({kind or 'manifest'} {name or number})"
        if kind not in API_VERSIONS:
            allowed = f"one of {', '.join(API_VERSIONS)}, or named in `ignore`"
            raise InvalidScenario(source, [Problem("kind", kind, allowed, is_missing=not kind)])
        version = manifest.take("apiVersion", text, "")
        if version != API_VERSIONS[kind]:
            notes.wrong("apiVersion", version, API_VERSIONS[kind])
        if not name:
            notes.missing("metadata.name", "a text")
        self._read(kind, name, manifest, source)
        if notes.problems:
            raise InvalidScenario(source, notes.problems)

    def _read(self, kind: str, name: str, manifest: Fields, source: str) -> None:
        if kind == "Deployment":
            if name in self._found:
                manifest.notes.wrong("metadata.name", name, f"another name than in {self._found[name].source}")
            self._found[name] = _Found(read_deployment(manifest), source)
        elif kind == "HorizontalPodAutoscaler":
            target, settings = read_autoscaler(manifest)
            if settings is not None:
                self._autoscalers[target] = (settings, source)
        else:
            self._budgets.append((*_budget(manifest), source))

    def deployments(self, given: dict[str, Deployment], contexts: Mapping[str, str]) -> dict[str, Deployment]:
        for target, (settings, source) in self._autoscalers.items():
            if target not in self._found:
                self._unknown(source, "spec.scaleTargetRef.name", target)
            self._found[target].pods.platform["autoscaler"] = settings
        for selector, budget, source in self._budgets:
            chosen = [each for each in self._found.values() if selector.items() <= each.pods.labels.items()]
            if not chosen:
                self._unknown(source, "spec.selector.matchLabels", dict(selector))
            for each in chosen:
                each.pods.platform["disruption_budget"] = budget
        for name, found in self._found.items():
            context = contexts.get(name, name)
            pods = found.pods
            changes: dict[str, Any] = {"replicas": pods.replicas, "platform": _platform(found)}
            if pods.cores is not None:
                changes["cores"] = pods.cores
            given[context] = attrs.evolve(given.get(context, Deployment()), **changes)
        return given

    def _unknown(self, source: str, key: str, value: Any) -> None:
        allowed = f"that of a Deployment in these files: {', '.join(self._found) or 'there are none'}"
        raise InvalidScenario(source, [Problem(key, value, allowed)])


def _platform(found: _Found) -> Platform:
    try:
        return Platform(**found.pods.platform)
    except InvalidField as error:
        raise InvalidScenario(found.source, [Problem(error.field, error.value, error.allowed)]) from error


def _budget(manifest: Fields) -> tuple[Mapping[str, str], DisruptionBudget]:
    spec = manifest.inner("spec")
    selector = spec.inner("selector")
    chosen = selector.take("matchLabels", labels, _EVERY_POD)
    selector.end()
    available = spec.take("minAvailable", number_or_percent, None)
    unavailable = spec.take("maxUnavailable", number_or_percent, None)
    spec.end()
    manifest.end()
    if (available is None) == (unavailable is None):
        allowed = "given, or maxUnavailable instead, not both"
        manifest.notes.problems.append(Problem(spec.below("minAvailable"), available, allowed, available is None))
        return chosen, DisruptionBudget(max_unavailable=1)
    return chosen, DisruptionBudget(min_available=available, max_unavailable=unavailable)
