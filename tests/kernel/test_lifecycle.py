"""A lifecycle: declared once with `transitions`, run from a table compiled from it."""

from enum import StrEnum
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from transitions import MachineError

from bookdelivery.kernel.errors import Refused, WronglyDeclared
from bookdelivery.kernel.lifecycle import Lifecycle, to


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


@attrs.frozen
class Lamp:
    """What guards are asked on: a property and two methods."""

    state: str = "red"
    is_wired: bool = True
    is_broken: bool = False

    def has_power(self) -> bool:
        return self.is_wired


def lamp_lifecycle(*transitions: dict[str, Any]) -> Lifecycle:
    return Lifecycle("lamp", Light, Light.RED, transitions)


TURNING = lamp_lifecycle(
    to("green", "go", "red"),
    to("red", "stop", "green"),
    to("off", "switch_off", "red", "green"),
)


def test_a_trigger_leads_where_the_declaration_says() -> None:
    assert TURNING.after(Light.RED, "go") is Light.GREEN
    assert TURNING.next(Light.GREEN, "switch_off", None, "SwitchOff", 1) is Light.OFF


def test_a_trigger_that_leads_nowhere_is_refused_by_name_and_says_which_would_not() -> None:
    with pytest.raises(Refused) as refusal:
        TURNING.next(Light.GREEN, "go", None, "Go", 7)
    assert "Go" in refusal.value.what
    assert "7" in refusal.value.what
    assert refusal.value.why == "the lamp is green"
    assert set(refusal.value.allowed) == {"stop", "switch_off"}


def test_in_an_end_state_nothing_is_allowed_any_more() -> None:
    assert TURNING.triggers(Light.OFF) == ()
    with pytest.raises(Refused, match="nothing is allowed any more"):
        TURNING.next(Light.OFF, "go", None, "Go", 1)


def test_a_guard_is_asked_on_the_aggregate_be_it_a_property_or_a_method() -> None:
    guarded = lamp_lifecycle(
        to("green", "go", "red", conditions="has_power", unless="is_broken"), to("off", "go", "red")
    )
    assert guarded.after(Light.RED, "go", Lamp()) is Light.GREEN
    assert guarded.after(Light.RED, "go", Lamp(is_wired=False)) is Light.OFF
    assert guarded.after(Light.RED, "go", Lamp(is_broken=True)) is Light.OFF


def test_states_may_be_written_as_members_or_as_values() -> None:
    as_members = lamp_lifecycle(to(Light.GREEN, "go", Light.RED), to(Light.OFF, "stop", Light.GREEN, Light.RED))
    as_values = lamp_lifecycle(to("green", "go", "red"), to("off", "stop", "green", "red"))
    assert as_members.table == as_values.table


@pytest.mark.parametrize(
    ("transitions", "word"),
    [
        ([to("green", "go", "red")], "off"),
        ([to("green", "go", "red"), to("off", "fall", "green"), to("off", "go", "blue")], "blue"),
        ([to("green", "go", "red"), to("off", "fall", "green"), to("blue", "go", "green")], "blue"),
        ([to("green", "go", "red", when="wired")], "when"),
        ([{"trigger": "go", "source": "red"}], "dest"),
        ([to("green", "go", "red"), to("off", "fall", "green", before="ring")], "before"),
    ],
    ids=["unreachable state", "unknown source", "unknown destination", "unknown word", "no destination", "side effect"],
)
def test_a_wrong_declaration_is_refused_and_says_which_lifecycle_and_what(
    transitions: list[dict[str, Any]], word: str
) -> None:
    with pytest.raises(WronglyDeclared, match=f"lifecycle of lamp: .*{word}"):
        lamp_lifecycle(*transitions).check()


def test_the_states_of_a_right_declaration_are_all_reached() -> None:
    TURNING.check()


STATES = st.sampled_from([light.value for light in Light])
GUARDS = st.sampled_from([{}, {"conditions": "has_power"}, {"unless": "is_broken"}, {"conditions": "is_broken"}])
TRANSITIONS = st.lists(
    st.builds(
        lambda trigger, sources, destination, guards: to(destination, trigger, *sources, **guards),
        st.sampled_from(["go", "stop", "fall"]),
        st.lists(STATES, min_size=1, max_size=3, unique=True),
        STATES,
        GUARDS,
    ),
    min_size=1,
    max_size=6,
)


@attrs.define(slots=False)
class Puppet:
    """A model that `transitions` moves itself."""

    state: str
    is_wired: bool
    is_broken: bool

    def has_power(self) -> bool:
        return self.is_wired


@given(TRANSITIONS, STATES, st.booleans(), st.booleans(), st.lists(st.sampled_from(["go", "stop", "fall"]), max_size=6))
def test_the_table_goes_wherever_the_machine_itself_goes(
    transitions: list[dict[str, Any]], start: str, is_wired: bool, is_broken: bool, triggers: list[str]
) -> None:
    lifecycle = lamp_lifecycle(*transitions)
    known = {transition["trigger"] for transition in transitions}
    assume(known & set(triggers))
    puppet = Puppet(start, is_wired, is_broken)
    for trigger in triggers:
        if trigger not in known:
            assert lifecycle.after(Light(puppet.state), trigger, puppet) is None
            continue
        expected = lifecycle.after(Light(puppet.state), trigger, puppet)
        try:
            moved = lifecycle.machine.events[trigger].trigger(puppet)
        except MachineError:
            moved = False
        assert moved is (expected is not None)
        assert expected is None or puppet.state == expected
