"""What is simulated: the load, the deployment, the people, and the troubles."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import Check, a_setting, is_number
from bookdelivery.simulation._checks import a_duration_s, a_probability, a_seed, a_text, a_time_s, has
from bookdelivery.simulation.customers import Behaviour, Customers
from bookdelivery.simulation.deployment import Deployment, Network, People, Provider, Topic
from bookdelivery.simulation.faults import Fault
from bookdelivery.simulation.load import Load, Poisson
from bookdelivery.simulation.operations import Maintenance, Objective, Rollout
from bookdelivery.simulation.scenario.fitting import fitted


def _as_tuple(given: Any) -> Any:
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else (given,)


def _instance(kind: type[Any]) -> Check:
    return a_setting(f"a {kind.__name__}", lambda value: isinstance(value, kind))


def _all(kind: type[Any], allowed: str) -> Check:
    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:  # noqa: ARG001
        for place, each in enumerate(value):
            if not isinstance(each, kind):
                raise InvalidField("Scenario", f"{attribute.name}[{place}]", each, allowed)

    return check


def _by_name(kind: type[Any], of: str, allowed: str) -> Check:
    def check(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:  # noqa: ARG001
        if not isinstance(value, Mapping):
            raise InvalidField("Scenario", attribute.name, value, f"a mapping from {of} to {allowed}")
        for name, each in value.items():
            if not isinstance(each, kind):
                raise InvalidField("Scenario", f"{attribute.name}[{name!r}]", each, allowed)

    return check


def _are_limits(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:  # noqa: ARG001
    if not isinstance(value, Mapping):
        raise InvalidField("Scenario", attribute.name, value, "a mapping from a command's name to seconds")
    for name, limit_s in value.items():
        if not is_number(limit_s) or not 0 < limit_s < float("inf"):
            raise InvalidField("Scenario", f"{attribute.name}[{name!r}]", limit_s, "a positive number of seconds")


@attrs.frozen(kw_only=True)
class Scenario:
    """One experiment, to the last detail: the same scenario gives the same result, byte for byte.

    Attributes:
        title: what to call it.
        story: what happens in it and what is to be expected, in a few sentences.
        load: who comes when.
        lasts: for how long visitors come, in seconds. Then the world goes on until everything has settled.
        seed: of all randomness.
        customers: what each visitor does.
        people: the shopkeepers and couriers; None: nobody works, commands come from visitors only.
        deployment: how each context is deployed, by its name; those not named get `Deployment()`.
        network: between contexts, visitors and people.
        topic: the broker's.
        provider: the payment provider.
        faults: what goes wrong.
        rollouts: new versions that are rolled out.
        maintenance: contexts whose pods are moved to other machines.
        objectives: service level objectives, with alerts on them.
        engine: settings of the machinery in each pod, circuit breakers included.
        resilience: policies around a context's calls and operations, in each of its pods, by the context's name; see
            `ContextResilience`.
        terms: business settings that differ from the contexts' own: `{"order": {"pay_within_s": 60}}`.
        call_timeouts_s: time limits of calls between contexts that differ, by the command's name, in seconds.
        drain_within_s: how long after the load, and the last fault, everything may take to settle, in seconds.
        sample_every_s: seconds between two samples of the queues.
        keep_rows: the part of the operations, and of the orders with their calls, messages and views, of which the
            result keeps rows, from 0 to 1. Orders, requests, events and the totals are whole in any case, but of the
            other orders' events it is not kept which messages led to them.

    Raises:
        InvalidField: a value is not allowed.
    """

    title: str = attrs.field(default="", validator=a_text)
    story: str = attrs.field(default="", validator=a_text)
    load: Load = attrs.field(validator=has("bring", "a load such as Poisson(per_second=50)"))
    lasts: float = attrs.field(validator=a_duration_s)
    seed: int = attrs.field(default=1, validator=a_seed)
    customers: Behaviour = attrs.field(
        factory=Customers, validator=has("prepare", "a behaviour such as Customers(cancels=0.1)")
    )
    people: People | None = attrs.field(
        factory=People, validator=a_setting("a People, or None", lambda value: isinstance(value, People | None))
    )
    deployment: Mapping[str, Deployment] = attrs.field(
        factory=dict, validator=_by_name(Deployment, "a context's name", "a Deployment")
    )
    network: Network = attrs.field(factory=Network, validator=_instance(Network))
    topic: Topic = attrs.field(factory=Topic, validator=_instance(Topic))
    provider: Provider = attrs.field(factory=Provider, validator=_instance(Provider))
    faults: tuple[Fault, ...] = attrs.field(
        factory=tuple, converter=_as_tuple, validator=_all(Fault, "a fault such as Outage('payment', ...)")
    )
    rollouts: tuple[Rollout, ...] = attrs.field(
        factory=tuple, converter=_as_tuple, validator=_all(Rollout, "a Rollout such as Rollout('order', at=60)")
    )
    maintenance: tuple[Maintenance, ...] = attrs.field(
        factory=tuple,
        converter=_as_tuple,
        validator=_all(Maintenance, "a Maintenance such as Maintenance('order', at=60)"),
    )
    objectives: tuple[Objective, ...] = attrs.field(
        factory=tuple, converter=_as_tuple, validator=_all(Objective, "an Objective such as Objective('orders')")
    )
    engine: EngineSettings = attrs.field(factory=EngineSettings, validator=_instance(EngineSettings))
    resilience: Mapping[str, ContextResilience] = attrs.field(
        factory=dict, validator=_by_name(ContextResilience, "a context's name", "a ContextResilience")
    )
    terms: Mapping[str, Mapping[str, Any]] = attrs.field(
        factory=dict, validator=_by_name(Mapping, "a context's name", "a mapping from a term to its value")
    )
    call_timeouts_s: Mapping[str, float] = attrs.field(factory=dict, validator=_are_limits)
    drain_within_s: float = attrs.field(default=4 * 3600.0, validator=a_time_s)
    sample_every_s: float = attrs.field(default=5.0, validator=a_duration_s)
    keep_rows: float = attrs.field(default=1.0, validator=a_probability)

    @classmethod
    def from_toml(cls, path: str | Path) -> Scenario:
        """Read a scenario from a TOML file; see docs/reference/scenario.md.

        Raises:
            UnreadableFile: the file cannot be opened, or is not text.
            InvalidScenario: it does not describe a scenario; says each key, value, and what is allowed.
        """
        from bookdelivery.simulation.scenario.toml import load_toml  # noqa: PLC0415

        return load_toml(Path(path))

    @classmethod
    def from_kubernetes(
        cls,
        *patterns: str,
        contexts: Mapping[str, str] | None = None,
        ignore: Collection[str] = (),
        **fields: Any,
    ) -> Scenario:
        """Read how contexts are deployed from Kubernetes manifests; see docs/reference/scenario.md.

        Args:
            patterns: files, or patterns of files such as "k8s/*.yaml".
            contexts: which context a Deployment runs, by its name, where that is not the context's own.
            ignore: fields and kinds that may be overlooked although the simulation does not know them, such as
                "resources.limits.memory" or "Service".
            fields: of the scenario. What the manifests say replaces what `deployment` says, and leaves the rest, such
                as service times. By default ten visitors a second come for ten minutes.

        Raises:
            UnreadableFile: a file cannot be opened, or is not text.
            InvalidScenario: a file is no manifest, or says what cannot be simulated; each such field is named.
            InvalidField: one of `fields` is not allowed.
        """
        from bookdelivery.simulation.scenario.kubernetes import read_manifests  # noqa: PLC0415

        given = fields.pop("deployment", None)
        deployment = read_manifests(patterns, given, contexts=contexts, ignore=ignore)
        return cls(**{"load": Poisson(per_second=10.0), "lasts": 600.0, **fields, "deployment": deployment})

    def to_toml(self) -> str:
        """Write it as the text of a TOML file; what is as by default is left out.

        Raises:
            NoFileFormat: something in it was written in Python, such as a load or a fault of your own.
        """
        from bookdelivery.simulation.scenario.toml import dump_toml  # noqa: PLC0415

        return dump_toml(self)

    def fit(self, contexts: Sequence[Context]) -> tuple[Context, ...]:
        """Give the contexts with this scenario's terms and time limits.

        Raises:
            InvalidField: it speaks of a context, operation, term or call that does not exist; says which there are.
        """
        return fitted(self, contexts)
