"""The same program does the same, in the same order and at the same times, on CPython's loop and on ours."""

import inspect

import pytest

from tests.simulation import programs_of_primitives, programs_of_tasks
from tests.simulation.asyncio_reference import (
    trace_in_cpython,
    trace_in_virtual_time,
)

PROGRAMS = {
    name: function
    for module in (programs_of_primitives, programs_of_tasks)
    for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
    if function.__module__ == module.__name__ and list(inspect.signature(function).parameters) == ["trace"]
}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_program_runs_as_on_cpythons_loop(name: str) -> None:
    ours = trace_in_virtual_time(PROGRAMS[name])

    assert ours == trace_in_cpython(PROGRAMS[name])
    assert len(ours) > 1
