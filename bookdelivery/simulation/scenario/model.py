"""What is simulated: the load, the deployment, the people, and the troubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting, is_number
from bookdelivery.simulation._checks import a_duration_s, a_seed, a_time_s, has, known
from bookdelivery.simulation.customers import Behaviour, Customers
from bookdelivery.simulation.deployment import Deployment, Network, People, Provider, Topic
from bookdelivery.simulation.faults import Fault
from bookdelivery.simulation.load import Load


def _as_tuple(faults: Any) -> Any:
    return tuple(faults) if isinstance(faults, Sequence) and not isinstance(faults, str) else (faults,)


def _instance(kind: type[Any]) -> Any:
    return a_setting(f"a {kind.__name__}", lambda value: isinstance(value, kind))


@attrs.frozen(kw_only=True)
class Scenario:
    """One experiment, to the last detail: the same scenario gives the same result, byte for byte.

    Attributes:
        load: who comes when.
        lasts: for how long visitors come, in seconds. Then the world goes on until everything has settled.
        seed: of all randomness.
        customers: what each visitor does.
        people: how long shopkeeper and courier take; None: nobody works, commands come from visitors only.
        deployment: how each context is deployed, by its name; those not named get `Deployment()`.
        network: between contexts, visitors and people.
        topic: the broker's.
        provider: the payment provider.
        faults: what goes wrong.
        engine: settings of the machinery in each pod, circuit breakers included.
        resilience: policies around a context's calls and operations, in each of its pods, by the context's name; see
            `ContextResilience`.
        terms: business settings that differ from the contexts' own: `{"order": {"pay_within_s": 60}}`.
        call_timeouts_s: time limits of calls between contexts that differ, by the command's name, in seconds.
        drain_within_s: how long after the load, and the last fault, everything may take to settle, in seconds.
        sample_every_s: seconds between two samples of the queues.

    Raises:
        InvalidField: a value is not allowed.
    """

    load: Load = attrs.field(validator=has("bring", "a load such as Poisson(per_second=50)"))
    lasts: float = attrs.field(validator=a_duration_s)
    seed: int = attrs.field(default=1, validator=a_seed)
    customers: Behaviour = attrs.field(
        factory=Customers, validator=has("prepare", "a behaviour such as Customers(cancels=0.1)")
    )
    people: People | None = attrs.field(
        factory=People, validator=a_setting("a People, or None", lambda value: isinstance(value, People | None))
    )
    deployment: Mapping[str, Deployment] = attrs.field(factory=dict)
    network: Network = attrs.field(factory=Network, validator=_instance(Network))
    topic: Topic = attrs.field(factory=Topic, validator=_instance(Topic))
    provider: Provider = attrs.field(factory=Provider, validator=_instance(Provider))
    faults: tuple[Fault, ...] = attrs.field(factory=tuple, converter=_as_tuple)
    engine: EngineSettings = attrs.field(factory=EngineSettings, validator=_instance(EngineSettings))
    resilience: Mapping[str, ContextResilience] = attrs.field(factory=dict)
    terms: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)
    call_timeouts_s: Mapping[str, float] = attrs.field(factory=dict)
    drain_within_s: float = attrs.field(default=4 * 3600.0, validator=a_time_s)
    sample_every_s: float = attrs.field(default=5.0, validator=a_duration_s)

    @deployment.validator
    def _are_deployments(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _is_mapping(attribute, value, "from a context's name to its Deployment")
        for name, given in self.deployment.items():
            if not isinstance(given, Deployment):
                raise InvalidField("Scenario", f"deployment[{name!r}]", given, "a Deployment")

    @resilience.validator
    def _is_resilience(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _is_mapping(attribute, value, "from a context's name to its ContextResilience")
        for name, given in self.resilience.items():
            if not isinstance(given, ContextResilience):
                raise InvalidField("Scenario", f"resilience[{name!r}]", given, "a ContextResilience")

    @faults.validator
    def _are_faults(self, attribute: attrs.Attribute[Any], value: object) -> None:  # noqa: ARG002
        for place, fault in enumerate(self.faults):
            if not isinstance(fault, Fault):
                raise InvalidField("Scenario", f"faults[{place}]", fault, "a fault such as Outage('payment', ...)")

    @terms.validator
    def _are_terms(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _is_mapping(attribute, value, "from a context's name to the terms that differ")
        for name, changes in self.terms.items():
            if not isinstance(changes, Mapping):
                raise InvalidField("Scenario", f"terms[{name!r}]", changes, "a mapping from a term to its value")

    @call_timeouts_s.validator
    def _are_timeouts(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _is_mapping(attribute, value, "from a command's name to seconds")
        for name, limit_s in self.call_timeouts_s.items():
            if not is_number(limit_s) or not 0 < limit_s < float("inf"):
                raise InvalidField("Scenario", f"call_timeouts_s[{name!r}]", limit_s, "a positive number of seconds")

    def fit(self, contexts: Sequence[Context]) -> tuple[Context, ...]:
        """Give the contexts with this scenario's terms and time limits.

        Raises:
            InvalidField: it speaks of a context, term or call that does not exist; says which there are.
        """
        names = [context.name for context in contexts]
        named: dict[str, Iterable[str]] = {
            "deployment": self.deployment,
            "resilience": self.resilience,
            "terms": self.terms,
        }
        for field, mapping in named.items():
            for name in mapping:
                known("Scenario", field, name, names)
        for fault in self.faults:
            fault.check(names)
        calls = [call.command.__name__ for context in contexts for call in context.calls]
        for name in self.call_timeouts_s:
            known("Scenario", "call_timeouts_s", name, calls)
        return tuple(self._fitted(context) for context in contexts)

    def _fitted(self, context: Context) -> Context:
        changes = self.terms.get(context.name, {})
        there = [] if context.terms is None else [field.name for field in attrs.fields(type(context.terms))]
        for term in changes:
            known("Scenario", f"terms[{context.name!r}]", term, there)
        if changes:
            context = context.with_terms(**changes)
        calls = tuple(
            attrs.evolve(call, timeout_s=self.call_timeouts_s.get(call.command.__name__, call.timeout_s))
            for call in context.calls
        )
        return attrs.evolve(context, calls=calls)


def _is_mapping(attribute: attrs.Attribute[Any], value: object, allowed: str) -> None:
    if not isinstance(value, Mapping):
        raise InvalidField("Scenario", attribute.name, value, f"a mapping {allowed}")
