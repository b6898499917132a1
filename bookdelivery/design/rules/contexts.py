"""Rules on contexts: why there are several, whose they are, how much each matters, how they deal with each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import CAFE, KITCHEN, TILL, cafe_with
from bookdelivery.design.rules.rule import Found, Rule, Severity
from bookdelivery.kernel.context import Context, Relationship

ENOUGH = 3
"""Services from which on the split shows anything."""


def _several(model: DesignModel) -> Iterator[Found]:
    contexts = model.contexts()
    if 0 < len(contexts) < ENOUGH:
        names = " and ".join(context.name for context in contexts)
        yield Found(contexts[0], f"there is only {names}; three services or more show where the borders are")


def _a_monolith() -> Sequence[Context]:
    """Only the counter is left."""
    return CAFE[:1]


def _reasons(model: DesignModel) -> Iterator[Found]:
    for context in model.contexts():
        for what in ("team", "cadence"):
            if not context.facts[what].strip():
                yield Found(context, f"{context.name} does not say its {what}", what)


def _no_reason() -> Sequence[Context]:
    """Nobody owns the kitchen."""
    return cafe_with(attrs.evolve(KITCHEN, team=""))


def _ranked(model: DesignModel) -> Iterator[Found]:
    goals = [(context, context.facts["uptime_goal"]) for context in model.contexts()]
    supporting = [(one, goal) for one, goal in goals if one.facts["subdomain"] == "supporting" and goal is not None]
    for core, goal in goals:
        for other, higher in supporting:
            if core.facts["subdomain"] == "core" and goal is not None and higher > goal:
                problem = (
                    f"{other.name} supports {core.name}, but aims at {higher:.3%} uptime and {core.name} at {goal:.3%}"
                )
                yield Found(other, problem, core.id)


def _upside_down() -> Sequence[Context]:
    """The kitchen aims higher than the counter it supports."""
    return cafe_with(attrs.evolve(KITCHEN, uptime_goal=0.999))


def _polyglot(model: DesignModel) -> Iterator[Found]:
    sorts = {store.facts["sort"] for store in model.nodes(NodeKind.STORE)}
    if len(model.contexts()) >= ENOUGH and len(sorts) == 1:
        names = ", ".join(sorted(context.name for context in model.contexts()))
        yield Found(model.contexts()[0], f"{names} all keep their data in the same kind of store: {sorts.pop()}")


def _one_kind_of_store() -> Sequence[Context]:
    """The kitchen, too, needs a relational database."""
    return cafe_with(attrs.evolve(KITCHEN, store="SQL"))


def _known_partners(model: DesignModel) -> Iterator[Found]:
    depends = set(_dependences(model))
    for context in model.contexts():
        for upstream in context.facts["relationships"]:
            if (context.name, upstream) not in depends:
                yield Found(
                    context,
                    f"{context.name} says how it deals with {upstream}, on which nothing of it depends",
                    upstream,
                )


def _dependences(model: DesignModel) -> Iterator[tuple[str | None, str | None]]:
    for call in model.edges(EdgeKind.CALLS):
        supplier = model.node(call.target)
        yield model.node(call.source).context, supplier.context or supplier.name
    for kind in (EdgeKind.TRIGGERS, EdgeKind.PROJECTS):
        for edge in model.edges(kind):
            yield model.node(edge.target).context, model.node(edge.source).context


def _unknown_partner() -> Sequence[Context]:
    """The kitchen is a conformist to a bakery that nobody has heard of."""
    return cafe_with(attrs.evolve(KITCHEN, relationships={"bakery": Relationship.CONFORMIST}))


def _of_some_use(model: DesignModel) -> Iterator[Found]:
    for context in model.contexts():
        if not model.nodes(NodeKind.COMMAND, context=context.name) and not model.nodes(
            NodeKind.VIEW, context=context.name
        ):
            yield Found(context, f"{context.name} handles no command and shows no view")


def _of_no_use() -> Sequence[Context]:
    """The café has an office that does nothing."""
    office = Context(
        name="office",
        korean="사무실",
        subdomain=TILL.subdomain,
        uptime_goal=None,
        cadence="never",
        team="office",
        store="documents",
    )
    return (*CAFE, office)


RULES = (
    Rule(
        id="D29",
        name="There are three services or more.",
        rationale="With fewer, no border between teams, cadences or importance can be seen, nor what each protects.",
        checkpoints=(5,),
        fix="Split where teams, deployment cadence and uptime goals differ.",
        check=_several,
        specimen=_a_monolith,
        severity=Severity.NOTE,
    ),
    Rule(
        id="D30",
        name="Each context says whose it is and how often it is deployed.",
        rationale="Teams and cadences are the reasons for which contexts are kept apart. Without them the split is a "
        "matter of taste.",
        checkpoints=(5, 34),
        fix="Fill in `team` and `cadence`.",
        check=_reasons,
        specimen=_no_reason,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D31",
        name="What supports the core does not aim higher than the core.",
        rationale="Uptime is paid for. A supporting context with a higher goal than the core it supports is "
        "misranked, or gold-plated.",
        checkpoints=(8,),
        fix="Lower its goal, or call it core.",
        check=_ranked,
        specimen=_upside_down,
        severity=Severity.WARNING,
    ),
    Rule(
        id="D32",
        name="Stores are chosen by what each context keeps.",
        rationale="One kind of store for all suggests that nobody asked. A key-value store, documents or a table each "
        "fit other data.",
        checkpoints=(6, 24),
        fix="Choose the kind of store each context's data and queries ask for.",
        check=_polyglot,
        specimen=_one_kind_of_store,
        severity=Severity.NOTE,
    ),
    Rule(
        id="D33",
        name="A relationship is declared only with whom one depends on.",
        rationale="A context map that shows dealings which the code does not have misleads whoever plans by it.",
        checkpoints=(9, 34),
        fix="Remove it from `relationships`, or declare the policy, view or call that it speaks of.",
        check=_known_partners,
        specimen=_unknown_partner,
    ),
    Rule(
        id="D34",
        name="Every context handles or shows something.",
        rationale="A context without commands and views is a team, a pipeline and a deployment for nothing.",
        checkpoints=(5,),
        fix="Remove it, or give it what it is for.",
        check=_of_some_use,
        specimen=_of_no_use,
        severity=Severity.WARNING,
    ),
)
