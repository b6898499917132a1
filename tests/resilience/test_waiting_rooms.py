"""Bulkhead and load shedder do at every step what their rules say when they are worked out from the whole history."""

import math
from typing import Any

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from bookdelivery.kernel.errors import HeldOff, InvalidField
from bookdelivery.resilience import (
    Bulkhead,
    BulkheadConfig,
    BulkheadFull,
    ClockWentBackwards,
    LoadShed,
    LoadShedder,
    Pass,
    PassState,
    SettledTwice,
    SheddingConfig,
)


@attrs.define(eq=False)
class Guest:
    """One that asked; the times are in seconds."""

    until_s: float
    state: str = "waiting"


class Rules:
    """The rules the slow way: a list of all who ever came, and a log of how long the line was when."""

    def __init__(self, places: int, chairs: float) -> None:
        self.places, self.chairs = places, chairs
        self.guests: list[Guest] = []
        self.log: list[tuple[float, int]] = [(-math.inf, 0)]

    def longest_wait_s(self, now: float) -> float:
        raise NotImplementedError

    def newest_first(self, now: float) -> bool:
        return False

    def line(self) -> list[Guest]:
        return [guest for guest in self.guests if guest.state == "waiting"]

    def inside(self) -> int:
        return sum(guest.state == "inside" for guest in self.guests)

    def note(self, now: float) -> None:
        self.log.append((now, len(self.line())))

    def let_time_pass(self, now: float) -> None:
        for guest in sorted(self.line(), key=lambda guest: guest.until_s):
            if guest.until_s <= now:
                guest.state = "turned away"
                self.note(guest.until_s)

    def ask(self, now: float) -> Guest | None:
        self.let_time_pass(now)
        if self.inside() == self.places and len(self.line()) >= self.chairs:
            return None
        if self.inside() < self.places:
            self.guests.append(Guest(math.inf, "inside"))
        else:
            self.note(now)
            self.guests.append(Guest(now + self.longest_wait_s(now)))
            self.note(now)
        return self.guests[-1]

    def go(self, guest: Guest, now: float) -> None:
        self.let_time_pass(now)
        if guest.state == "turned away":
            return
        was_inside = guest.state == "inside"
        guest.state = "gone"
        if was_inside and (line := self.line()):
            line[-1 if self.newest_first(now) else 0].state = "inside"
        self.note(now)


class BulkheadRules(Rules):
    def __init__(self, config: BulkheadConfig) -> None:
        super().__init__(config.max_concurrent, config.max_waiting)
        self.config = config

    def longest_wait_s(self, now: float) -> float:
        return self.config.max_wait_s


class SheddingRules(Rules):
    def __init__(self, config: SheddingConfig) -> None:
        super().__init__(config.max_concurrent, math.inf if config.max_waiting is None else config.max_waiting)
        self.config = config

    def standing(self, now: float) -> bool:
        if not self.line():
            return False
        last_empty = max(place for place, (_, length) in enumerate(self.log) if length == 0)
        # It was empty until the next note says that it no longer was.
        until_s = self.log[last_empty + 1][0] if last_empty + 1 < len(self.log) else now
        return now - until_s > self.config.interval_s

    def longest_wait_s(self, now: float) -> float:
        return self.config.target_wait_s if self.standing(now) else self.config.interval_s

    def newest_first(self, now: float) -> bool:
        return self.config.newest_first and self.standing(now)


BULKHEADS = st.builds(
    BulkheadConfig,
    max_concurrent=st.integers(1, 3),
    max_waiting=st.integers(0, 4),
    max_wait_s=st.sampled_from([0.25, 1.0, 4.0, math.inf]),
)
SHEDDINGS = st.builds(
    SheddingConfig,
    max_concurrent=st.integers(1, 2),
    target_wait_s=st.sampled_from([0.125, 0.5]),
    interval_s=st.sampled_from([0.5, 1.0, 2.0]),
    newest_first=st.booleans(),
    max_waiting=st.sampled_from([0, 3, None]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.0, 0.125, 0.25, 0.25, 0.375, 1.0, 3.0]),
        st.sampled_from(["ask", "ask", "ask", "ask", "leave", "leave", "give back", "give up", "look"]),
        st.integers(0, 5),
    ),
    max_size=90,
)
STATES = {
    "waiting": PassState.WAITING,
    "inside": PassState.INSIDE,
    "turned away": PassState.TURNED_AWAY,
    "gone": PassState.ENDED,
}


def walk(room: Bulkhead | LoadShedder, rules: Rules, steps: list[tuple[float, str, int]]) -> None:
    """Take the steps with the room and the rules side by side."""
    now, refused = 0.0, 0
    guests: list[tuple[Pass, Guest]] = []
    for after_s, what, which in steps:
        now += after_s
        state = {"leave": "inside", "give back": "inside", "give up": "waiting"}.get(what)
        there = [(ticket, guest) for ticket, guest in guests if guest.state == state]
        if what == "ask":
            guest = rules.ask(now)
            if guest is None:
                refused += 1
                with pytest.raises(room.refusal) as refusal:
                    room.ask(now)
                assert refusal.value.retry_after_s == 1.0
            else:
                guests.append((room.ask(now), guest))
        elif there:
            ticket, guest = there[which % len(there)]
            rules.go(guest, now)
            if what == "leave":
                ticket.left(now)
            else:
                ticket.given_back(now)
        else:
            room.let_time_pass(now)
            rules.let_time_pass(now)
        for ticket, guest in guests:
            assert ticket.state is STATES[guest.state]
            assert isinstance(ticket.refusal, room.refusal) is (guest.state == "turned away")
        assert (room.inside, room.waiting) == (rules.inside(), len(rules.line()))
        assert room.refused == refused + sum(guest.state == "turned away" for _, guest in guests)
        assert room.due_s == min((guest.until_s for guest in rules.line()), default=math.inf)
        if isinstance(room, LoadShedder) and isinstance(rules, SheddingRules):
            assert room.is_standing(now) is rules.standing(now)


@given(BULKHEADS, STEPS)
def test_a_bulkhead_does_what_its_rules_say_whatever_happens(
    config: BulkheadConfig, steps: list[tuple[float, str, int]]
) -> None:
    walk(Bulkhead(config, name="payment"), BulkheadRules(config), steps)


@given(SHEDDINGS, STEPS)
def test_a_load_shedder_does_what_its_rules_say_whatever_happens(
    config: SheddingConfig, steps: list[tuple[float, str, int]]
) -> None:
    walk(LoadShedder(config, name="payment"), SheddingRules(config), steps)


def test_a_bulkhead_by_default_lets_twenty_five_in_and_nobody_wait() -> None:
    room = Bulkhead(name="payment")
    for _ in range(25):
        assert room.ask(0.0).state is PassState.INSIDE
    with pytest.raises(BulkheadFull, match=r"payment is held off: its bulkhead is full; .* 1\.000 s") as refusal:
        room.ask(0.0)
    assert isinstance(refusal.value, HeldOff)


def test_a_free_place_goes_to_who_waited_longest_and_not_to_who_comes_just_now() -> None:
    room = Bulkhead(BulkheadConfig(max_concurrent=1, max_waiting=5), name="payment")
    inside, first, second = room.ask(0.0), room.ask(0.0), room.ask(1.0)
    inside.left(2.0)
    newcomer = room.ask(2.0)
    assert [ticket.state for ticket in (first, second, newcomer)] == [
        PassState.INSIDE,
        PassState.WAITING,
        PassState.WAITING,
    ]


def test_a_wait_is_over_at_its_limit_even_if_a_place_becomes_free_at_that_moment() -> None:
    room = Bulkhead(BulkheadConfig(max_concurrent=1, max_waiting=1, max_wait_s=2.0), name="payment")
    inside, waiting = room.ask(0.0), room.ask(0.0)
    inside.left(2.0)
    assert waiting.state is PassState.TURNED_AWAY
    assert room.ask(2.0).state is PassState.INSIDE


def test_a_call_let_in_and_not_made_is_not_counted() -> None:
    room = Bulkhead(name="payment")
    room.ask(0.0).given_back(0.0)
    room.ask(0.0).left(1.0)
    assert (room.admitted, room.inside) == (1, 0)


def overloaded() -> tuple[LoadShedder, Pass, list[Pass]]:
    """Return a shedder whose line has been standing since 0.0 s, who is inside, and who waits, at 0.15 s."""
    room = LoadShedder(SheddingConfig(max_concurrent=1), name="payment")
    inside = room.ask(0.0)
    line = [room.ask(at_s) for at_s in (0.0, 0.06, 0.101)]
    assert line[2].until_s == pytest.approx(0.101 + 0.005)
    return room, inside, line


def test_whoever_joins_a_line_that_is_not_standing_may_wait_an_interval_and_afterwards_only_the_target() -> None:
    room, _, line = overloaded()
    assert [ticket.state for ticket in line] == [PassState.TURNED_AWAY, PassState.WAITING, PassState.WAITING]
    assert line[1].until_s == pytest.approx(0.16)
    room.let_time_pass(0.107)
    assert line[2].state is PassState.TURNED_AWAY
    assert isinstance(line[2].refusal, LoadShed)
    assert "there is more to do than can be done" in str(line[2].refusal)


def test_in_a_standing_line_the_newest_is_served_first() -> None:
    _, inside, line = overloaded()
    inside.left(0.102)
    assert [ticket.state for ticket in line[1:]] == [PassState.WAITING, PassState.INSIDE]


def test_who_wants_it_so_has_the_oldest_served_first_even_then() -> None:
    room = LoadShedder(SheddingConfig(max_concurrent=1, newest_first=False), name="payment")
    inside, _, first, second = (room.ask(at_s) for at_s in (0.0, 0.0, 0.06, 0.101))
    assert room.is_standing(0.102)
    inside.left(0.102)
    assert [ticket.state for ticket in (first, second)] == [PassState.INSIDE, PassState.WAITING]


def test_a_line_that_was_empty_for_a_moment_is_no_longer_standing() -> None:
    room, inside, line = overloaded()
    assert room.is_standing(0.102)
    inside.left(0.102)
    line[1].given_back(0.103)
    assert not room.is_standing(0.103)
    assert room.ask(0.104).until_s == pytest.approx(0.204)


def test_a_pass_ends_once_and_a_call_that_waits_cannot_have_been_made() -> None:
    room = Bulkhead(BulkheadConfig(max_concurrent=1, max_waiting=1), name="payment")
    inside, waiting = room.ask(0.0), room.ask(0.0)
    with pytest.raises(SettledTwice, match="payment"):
        waiting.left(0.0)
    inside.left(1.0)
    for end in (inside.left, inside.given_back):
        with pytest.raises(SettledTwice, match="payment was settled before"):
            end(1.0)


def test_a_clock_that_goes_backwards_is_found_out() -> None:
    room = Bulkhead(name="payment")
    ticket = room.ask(5.0)
    for wrong in (4.0, math.nan, math.inf):
        for use in (room.ask, room.let_time_pass, ticket.left, ticket.given_back):
            with pytest.raises(ClockWentBackwards):
                use(wrong)
    ticket.left(5.0)
    assert room.inside == 0


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [
        (BulkheadConfig, "max_concurrent", 0),
        (BulkheadConfig, "max_concurrent", True),
        (BulkheadConfig, "max_waiting", -1),
        (BulkheadConfig, "max_waiting", 1.5),
        (BulkheadConfig, "max_wait_s", 0.0),
        (BulkheadConfig, "retry_after_s", math.inf),
        (SheddingConfig, "max_concurrent", None),
        (SheddingConfig, "target_wait_s", 0.0),
        (SheddingConfig, "target_wait_s", 0.2),
        (SheddingConfig, "interval_s", math.nan),
        (SheddingConfig, "newest_first", 1),
        (SheddingConfig, "max_waiting", -1),
        (SheddingConfig, "max_waiting", "many"),
        (SheddingConfig, "retry_after_s", 0.0),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_the_name_of_the_field(config: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidField, match=rf"{config.__name__}\.{field} is .*, but must be "):
        config(**{"max_concurrent": 1, field: value})
