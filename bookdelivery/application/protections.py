"""Which policies a deployment puts around a context's calls and operations; the domain knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from bookdelivery.application.composition import Wired
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience import Resilience
from bookdelivery.resilience.settings import a_setting

LOOK = "look"
"""The operation of reading a view's row."""

_BACK_PRESSURE = ("rate_limit", "bulkhead", "shedding")
"""What may be put around messages: they are not refused, but wait."""


@attrs.frozen(kw_only=True)
class ContextResilience:
    """The policies of one context, in one process; by default only those its declaration speaks of.

    Attributes:
        calls: around a synchronous call, by the command's name; or around all calls to an external system, by the
            system's name. What a field leaves open stays as declared: the time limit, and for a call to another
            context its circuit breaker.
        requests: around all requests together, commands and looks at views, whoever sends them: such as a limit on
            what the process takes on at all. Who is refused gets `Overloaded`.
        operations: around single operations, inside of `requests`: by the command's name, `look`, or for messages
            `context.policy` and `context.view`. A message that is not let in waits, and with it those behind it in
            its partition; it is never refused, so only `rate_limit`, `bulkhead` and `shedding` make sense.

    Raises:
        InvalidField: when a value is not allowed.
    """

    calls: Mapping[str, Resilience] = attrs.field(factory=dict)
    requests: Resilience | None = attrs.field(
        default=None,
        validator=a_setting("a Resilience, or None", lambda value: value is None or isinstance(value, Resilience)),
    )
    operations: Mapping[str, Resilience] = attrs.field(factory=dict)

    @calls.validator
    def _calls(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _are_by_name(attribute.name, value, "a call")

    @operations.validator
    def _operations(self, attribute: attrs.Attribute[Any], value: object) -> None:
        _are_by_name(attribute.name, value, "an operation")
        for name, settings in self.operations.items():
            if not is_message(name):
                continue
            for field in ("retry", "breaker", "timeout_s"):
                given = getattr(settings, field)
                if given:
                    allowed = f"left out: around messages make sense {', '.join(_BACK_PRESSURE)}"
                    raise InvalidField("ContextResilience", f"operations[{name!r}].{field}", given, allowed)

    def check(self, wired: Wired) -> None:
        """See that everything it names is there.

        Raises:
            InvalidField: when something is not; says which there are.
        """
        context = wired.context
        calls = [call.command.__name__ for call in context.calls] + [system.name for system in context.external_systems]
        _are_known("calls", self.calls, calls)
        operations = [command.__name__ for command in context.commands]
        operations += [LOOK] if context.views else []
        operations += [wired.consumer(policy.name) for policy in context.policies]
        operations += [wired.consumer(view.name) for view in context.views]
        _are_known("operations", self.operations, operations)


def is_message(operation: str) -> bool:
    """Say whether an operation is the handling of a message: `context.policy` or `context.view`."""
    return "." in operation


def _are_by_name(field: str, value: object, what: str) -> None:
    if not isinstance(value, Mapping):
        raise InvalidField("ContextResilience", field, value, f"a mapping from the name of {what} to a Resilience")
    for name, settings in value.items():
        if not isinstance(settings, Resilience):
            raise InvalidField("ContextResilience", f"{field}[{name!r}]", settings, "a Resilience")


def _are_known(field: str, given: Iterable[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            allowed = f"one of {', '.join(sorted(known)) or 'none: there are none'}"
            raise InvalidField("ContextResilience", field, name, allowed)
