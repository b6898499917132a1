"""Assertions on verdicts, which say what was found and how to have it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.requirements import Status

if TYPE_CHECKING:
    from bookdelivery.simulation import Result

_ALLOWED = tuple(status.value for status in Status)


def assert_verdicts(result: Result, **expected: str) -> None:
    """Assert what a run says about requirements.

    ```python
    assert_verdicts(simulate(Scenario(...)), N1="met", N3="undecided")
    ```

    Args:
        result: of a simulation.
        expected: by the requirement's id, "met", "violated" or "undecided".

    Raises:
        AssertionError: a verdict is another one; names the evidence, the seed and the faults.
        InvalidField: there is no such requirement, or no such verdict.
    """
    found = result.verdicts()
    for requirement, verdict in expected.items():
        if requirement not in found.index:
            raise InvalidField("assert_verdicts", "expected", requirement, f"one of {', '.join(found.index)}")
        if verdict not in _ALLOWED:
            raise InvalidField("assert_verdicts", requirement, verdict, f"one of {', '.join(_ALLOWED)}")
    others = [
        f"{requirement} is {row.verdict}, not {expected[requirement]}: {row.text}\n  {row.evidence}"
        for requirement, row in found.loc[list(expected)].iterrows()
        if row.verdict != expected[requirement]
    ]
    if others:
        raise AssertionError("\n".join([*others, _of_the_run(result)]))


def _of_the_run(result: Result) -> str:
    faults = ", ".join(
        f"{fault.label} from {fault.start_s:g} to {fault.end_s:g} s" for fault in result.faults.itertuples()
    )
    settled = "" if result.drained else ", not everything had settled"
    return (
        f"seed {result.scenario.seed}, {len(result.orders)} orders, ended at {result.world.ended_s:g} s{settled}; "
        f"faults: {faults or 'none'}"
    )
