"""Lines are led around notes, whatever the notes and lines."""

from itertools import pairwise, permutations

import hypothesis.strategies as st
from hypothesis import given, settings

from bookdelivery.design.drawing.faults import FaultKind, faults_of
from bookdelivery.design.drawing.geometry import Rect
from bookdelivery.design.drawing.routing import Link, Port, Routed, Table, route
from bookdelivery.design.drawing.scene import Note, Scene, Wire
from bookdelivery.design.drawing.tracks import Run, assign_tracks

WIDTH, HEIGHT = 60.0, 40.0


def table(rows: int, columns: int, taken: frozenset[tuple[int, int]]) -> Table:
    return Table(
        column_widths=[WIDTH] * columns,
        row_heights=[HEIGHT] * rows,
        above=[4.0] * rows,
        below=[4.0] * rows,
        taken=taken,
        blocked=frozenset(),
        left=10.0,
        top=10.0,
    )


def scene_of(table: Table, links: list[Link], routed: Routed) -> Scene:
    notes = [
        Note(id=f"{row},{column}", kind="event", rect=Rect(routed.xs[column], routed.ys[row], WIDTH, HEIGHT))
        for row, column in sorted(table.taken)
    ]
    wires = [
        Wire(source=f"{index}", target="", kind="pubsub", points=points, net=link.net)
        for index, (link, points) in enumerate(zip(links, routed.points, strict=True))
    ]
    return Scene(
        name="specimen",
        title="",
        desc="",
        width=routed.right + 10,
        height=routed.bottom + 10,
        notes=tuple(notes),
        wires=tuple(wires),
    )


@st.composite
def tables_and_links(draw: st.DrawFn) -> tuple[Table, list[Link]]:
    """A table with some notes, and lines between them: no two lines meet a note's side at one height."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    places = [(row, column) for row in range(rows) for column in range(columns)]
    taken = draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    pairs = draw(st.lists(st.tuples(st.sampled_from(taken), st.sampled_from(taken)), max_size=10))
    links = []
    for index, (source, target) in enumerate(pairs):
        # Sixteen heights to a side: each line leaves and enters at one of its own.
        links.append(Link(Port(*source, 2.0 + 4 * (index % 9), True), Port(*target, 4.0 + 4 * (index % 9)), str(index)))
    return table(rows, columns, frozenset(taken)), links


@settings(max_examples=200, deadline=None)
@given(tables_and_links())
def test_no_line_runs_through_a_note(specimen: tuple[Table, list[Link]]) -> None:
    room, links = specimen
    scene = scene_of(room, links, route(room, links))
    assert [fault for fault in faults_of(scene) if fault.kind in {FaultKind.THROUGH_NOTE, FaultKind.OUTSIDE}] == []


@settings(max_examples=100, deadline=None)
@given(tables_and_links())
def test_lines_are_level_or_upright_and_end_at_their_notes(specimen: tuple[Table, list[Link]]) -> None:
    room, links = specimen
    routed = route(room, links)
    for link, points in zip(links, routed.points, strict=True):
        assert all(a.x == b.x or a.y == b.y for a, b in pairwise(points))
        assert points[0].x == routed.xs[link.source.column] + WIDTH
        assert points[0].y == routed.ys[link.source.row] + link.source.down
        assert points[-1].x == routed.xs[link.target.column]
        assert points[-1].y == routed.ys[link.target.row] + link.target.down


def test_a_line_to_the_next_note_on_the_same_height_is_straight() -> None:
    room = table(1, 2, frozenset({(0, 0), (0, 1)}))
    (points,) = route(room, [Link(Port(0, 0, 20.0, True), Port(0, 1, 20.0), "one")]).points
    assert len(points) == 2


def test_a_line_runs_straight_through_an_empty_place() -> None:
    room = table(1, 3, frozenset({(0, 0), (0, 2)}))
    (points,) = route(room, [Link(Port(0, 0, 20.0, True), Port(0, 2, 20.0), "one")]).points
    assert len(points) == 2


def test_a_note_that_reaches_over_two_rows_is_gone_around() -> None:
    tall = Table(
        column_widths=[WIDTH] * 3,
        row_heights=[HEIGHT] * 2,
        above=[0.0] * 2,
        below=[0.0] * 2,
        taken=frozenset({(0, 0), (0, 1), (1, 1), (1, 2)}),
        blocked=frozenset({(0, 1)}),
        left=0.0,
        top=0.0,
    )
    routed = route(tall, [Link(Port(0, 0, 20.0, True), Port(1, 2, 20.0), "one")])
    between = [y for x, y in routed.points[0] if routed.xs[1] <= x <= routed.xs[1] + WIDTH]
    levels = [a.y for a, b in pairwise(routed.points[0]) if a.y == b.y]
    assert between == []
    assert not any(routed.ys[0] < y < routed.ys[1] + HEIGHT for y in levels[1:-1])


def crossings(order: list[Run]) -> int:
    """Count them by hand, for runs on the tracks that they have."""
    count = 0
    for run in order:
        for other in order:
            if run.track < other.track:
                count += sum(other.low < at < other.high for at in run.after)
                count += sum(run.low < at < run.high for at in other.before)
    return count


# Far enough apart that no stub from one side lies on the level of one from the other, which is worse than crossings.
RUNS = st.lists(
    st.tuples(st.sampled_from(range(0, 800, 20)), st.sampled_from(range(10, 800, 20))), min_size=2, max_size=5
)


@settings(max_examples=150, deadline=None)
@given(RUNS)
def test_tracks_cross_little_more_than_in_the_best_order_there_is(ends: list[tuple[int, int]]) -> None:
    def runs() -> list[Run]:
        made = []
        for net, (begin, end) in enumerate(ends):
            run = Run(net, begin + net, begin + net)
            run.leave(begin + net, after=False)
            run.leave(end + net, after=True)
            made.append(run)
        return made

    found = runs()
    assign_tracks(found)
    best = None
    for order in permutations(range(len(ends))):
        tried = runs()
        for track, index in enumerate(order):
            tried[index].track = track
        cost = crossings(tried)
        best = cost if best is None else min(best, cost)
    assert best is not None
    assert crossings(found) <= best + 1


@given(RUNS)
def test_runs_that_share_a_track_do_not_meet(ends: list[tuple[int, int]]) -> None:
    runs = [Run(net, min(pair), max(pair)) for net, pair in enumerate(ends)]
    count = assign_tracks(runs)
    for run in runs:
        assert 0 <= run.track < count
        for other in runs:
            if other is not run and other.track == run.track:
                assert run.high < other.low or other.high < run.low
