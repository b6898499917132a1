"""Logs of several contexts, told as one story."""

from hypothesis import given
from hypothesis import strategies as st

from bookdelivery.application.history import in_order
from bookdelivery.kernel.messages import Envelope
from tests.application.toy import Counted


def stated(id: str, cause: str | None = None) -> Envelope:
    return Envelope(id, "Counted", "counter", 0.0, "c", cause, 1, Counted(1, 1))


def told(*logs: list[Envelope]) -> list[str]:
    return [envelope.id for envelope in in_order(logs)]


def test_what_is_independent_is_told_in_the_order_of_ids() -> None:
    assert told([stated("a"), stated("d")], [], [stated("b"), stated("c")]) == ["a", "b", "c", "d"]


def test_no_effect_is_told_before_its_cause_whatever_its_id() -> None:
    assert told([stated("a", cause="b"), stated("c")], [stated("b", cause="unknown")]) == ["b", "a", "c"]


def test_each_log_stays_in_its_own_order() -> None:
    assert told([stated("c"), stated("a")], [stated("b")]) == ["b", "c", "a"]


def test_logs_that_contradict_each_other_are_still_told_to_the_end() -> None:
    assert sorted(told([stated("a", cause="b")], [stated("b", cause="a")])) == ["a", "b"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=30))
def test_everything_is_told_once_and_causes_first(made: list[tuple[int, int]]) -> None:
    logs: list[list[Envelope]] = [[], [], [], []]
    so_far: list[str] = []
    for number, (log, cause) in enumerate(made):
        # Ids say nothing of the order here, as if all happened in one millisecond.
        id = f"{(number * 7919) % 101:03}-{number}"
        logs[log].append(stated(id, so_far[cause] if cause < len(so_far) else None))
        so_far.append(id)
    story = list(in_order(logs))
    assert sorted(envelope.id for envelope in story) == sorted(so_far)
    seen: set[str] = set()
    for envelope in story:
        assert envelope.causation_id is None or envelope.causation_id in seen
        seen.add(envelope.id)
