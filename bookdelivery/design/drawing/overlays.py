"""Overlays for the board made from what was asked of a design: coverage, impact, and a run held against it."""

from __future__ import annotations

from bookdelivery.design.coverage import Coverage
from bookdelivery.design.drawing.overlay import Overlay
from bookdelivery.design.drawing.words import Words
from bookdelivery.design.elements import Edge, EdgeKind, NodeKind
from bookdelivery.design.impact import Effect, Impact
from bookdelivery.design.model import DesignModel
from bookdelivery.design.observed import Comparison


def coverage_overlay(covered: Coverage, language: str = "en") -> Overlay:
    """Light up what covers a requirement, and say whether it is covered.

    Args:
        covered: how the design covers it.
        language: `en` or `ko`.
    """
    wish = covered.requirement
    text = wish.korean if language == "ko" else wish.text
    if covered.missing:
        text = f"{text} ({'; '.join(covered.missing)})"
    return Overlay(
        heading=wish.id,
        text=text,
        holds=covered.covered,
        notes=dict.fromkeys(covered.nodes, "lit"),
        wires=dict.fromkeys(map(_ends, covered.edges), "lit"),
        rest="dim",
    )


def impact_overlay(model: DesignModel, impact: Impact, language: str = "en") -> Overlay:
    """Shade what stops, waits or goes stale when something is gone.

    Args:
        model: the design.
        impact: what becomes of everything.
        language: `en` or `ko`.
    """
    words = Words.of(model, language)
    effects = {id: one.effect for id, one in impact.consequences.items()}
    harmed = {id for id, effect in effects.items() if effect in {Effect.STOPS, Effect.WAITS}}
    counts = [(effect, sum(found is effect for found in effects.values())) for effect in Effect]
    gone = ", ".join(words.name(model.node(id)) for id in impact.gone)
    return Overlay(
        heading=words("without {}").format(gone),
        notes={id: str(effect) for id, effect in effects.items()},
        wires={
            (edge.source, edge.target): "dim" if {edge.source, edge.target} & harmed else "plain"
            for edge in model.edges()
        },
        reasons={id: one.because for id, one in impact.consequences.items() if one.because},
        key=tuple((str(effect), f"{words(str(effect))} {count}") for effect, count in counts),
    )


def comparison_overlay(model: DesignModel, compared: Comparison, language: str = "en") -> Overlay:
    """Pale what was declared and never seen in a run, and say how often the rest was.

    Args:
        model: the design.
        compared: the run held against it.
        language: `en` or `ko`.
    """
    words = Words.of(model, language)
    seen = {end for edge in compared.seen for end in _ends(edge)}
    unseen = {end for edge in compared.never for end in _ends(edge)} - seen
    # An aggregate is there whether or not one of its deadlines came.
    unseen = {id for id in unseen if model.node(id).kind is not NodeKind.AGGREGATE}
    never = {_ends(edge) for edge in compared.never}
    # What follows from facts that were never seen was not seen either, also where it leaves no trace of its own.
    never |= {
        _ends(edge)
        for kind in (EdgeKind.TRIGGERS, EdgeKind.PROMPTS)
        for edge in model.edges(kind)
        if edge.source in unseen
    }
    never -= {_ends(edge) for edge in compared.seen}
    for policy in model.nodes(NodeKind.POLICY):
        causes = {_ends(edge) for edge in model.incoming(policy.id, EdgeKind.TRIGGERS)}
        if policy.id not in seen and causes and causes <= never:
            unseen.add(policy.id)
    surprises = [f"{one.cause} → {one.effect} × {one.times:,}" for one in compared.surprises]
    text = words("{} of {} ways were seen").format(len(compared.seen), len(compared.seen) + len(compared.never))
    if surprises:
        text += f"; {words('seen but not declared')}: {', '.join(surprises)}"
    return Overlay(
        heading=words("observed"),
        text=text,
        holds=not surprises,
        notes=dict.fromkeys(unseen, "dim"),
        wires=dict.fromkeys(sorted(never), "dim") | dict.fromkeys(map(_ends, compared.seen), "plain"),
        reasons={edge.target: f"× {times:,}" for edge, times in compared.seen.items()},
    )


def _ends(edge: Edge) -> tuple[str, str]:
    return edge.source, edge.target
