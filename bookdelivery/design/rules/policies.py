"""Rules on policies: each finds its case, acts once, and can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import networkx as nx

from bookdelivery.design.elements import EdgeKind, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.design.rules.cafe import (
    COUNTER,
    KITCHEN,
    TILL,
    Baking,
    BakingStarted,
    CakePaid,
    Refund,
    StartBaking,
    bake,
    cafe_with,
    decide,
    perform,
)
from bookdelivery.design.rules.rule import Found, Rule, Severity
from bookdelivery.kernel.context import Context, Decides, Performs, Policy
from bookdelivery.kernel.messages import Command


@attrs.frozen
class BakeForTray(Command[None]):
    """Bake what is on a tray."""

    correlation_key = "tray_id"
    tray_id: int


def _by_tray(event: CakePaid) -> BakeForTray:
    return BakeForTray(event.cake_id)


def _bake_again(event: BakingStarted) -> StartBaking:
    return StartBaking(event.cake_id)


def _refund_rashly(event: CakePaid) -> Refund:
    return Refund(event.cake_id)


def _same_key(model: DesignModel) -> Iterator[Found]:
    for policy in model.nodes(NodeKind.POLICY):
        for event in model.predecessors(policy.id, EdgeKind.TRIGGERS):
            for command in model.successors(policy.id, EdgeKind.ISSUES):
                keys = [node.facts["correlation_key"] for node in (event, command)]
                if keys[0] != keys[1]:
                    problem = (
                        f"{event.name} is about {keys[0] or 'nothing'}, {command.name} about {keys[1] or 'nothing'}"
                    )
                    yield Found(policy, f"{policy.name!r} cannot find its case: {problem}", event.id)


def _other_key() -> Sequence[Context]:
    """The kitchen bakes by the tray, and no event knows of trays."""
    handler = Decides(command=BakeForTray, on=Baking, by=decide, emits=(BakingStarted,))
    policy = Policy(name="bake by the tray", on=CakePaid, issues=BakeForTray, by=_by_tray)
    kitchen = attrs.evolve(
        KITCHEN,
        handlers=(*KITCHEN.handlers, handler),
        policies=(*KITCHEN.policies, policy),
        language={
            **KITCHEN.language,
            "BakeForTray": "쟁반째 굽기",
            "bake by the tray": "쟁반째 굽는다",
            "trayId": "쟁반 번호",
        },
    )
    return cafe_with(kitchen)


def _own_command(model: DesignModel) -> Iterator[Found]:
    for policy in model.nodes(NodeKind.POLICY):
        for command in model.successors(policy.id, EdgeKind.ISSUES):
            if command.context != policy.context:
                home = f"{command.context}'s" if command.context else "nobody's"
                yield Found(policy, f"{policy.name!r} of {policy.context} issues {command.name}, which is {home}")


def _strangers_command() -> Sequence[Context]:
    """The counter's policy gives orders to the kitchen."""
    policy = Policy(name="have it baked", on=CakePaid, issues=StartBaking, by=bake)
    language = {**COUNTER.language, "have it baked": "굽게 한다"}
    return cafe_with(attrs.evolve(COUNTER, policies=(policy,), language=language))


def _once(model: DesignModel) -> Iterator[Found]:
    for policy in model.nodes(NodeKind.POLICY):
        for command in model.successors(policy.id, EdgeKind.ISSUES):
            if not policy.facts["deadline"] and command.facts.get("steps") == "several":
                yield Found(
                    policy,
                    f"{policy.name!r} issues {command.name}, which takes several steps: a message that comes twice, or "
                    "a crash between two of them, does half of it again",
                )


def _several_steps() -> Sequence[Context]:
    """Baking is begun in several steps, each of its own."""
    start = Performs(
        command=StartBaking,
        on=Baking,
        by=perform,
        emits=(BakingStarted,),
        creates=True,
        undone_by=KITCHEN.handlers[0].undone_by,
    )
    return cafe_with(attrs.evolve(KITCHEN, handlers=(start, *KITCHEN.handlers[1:])))


def _no_double(model: DesignModel) -> Iterator[Found]:
    seen: dict[tuple[str, str], str] = {}
    for policy in model.nodes(NodeKind.POLICY):
        for event in model.predecessors(policy.id, EdgeKind.TRIGGERS):
            for command in model.successors(policy.id, EdgeKind.ISSUES):
                other = seen.setdefault((event.id, command.id), policy.name)
                if other != policy.name:
                    yield Found(policy, f"{policy.name!r} and {other!r} both issue {command.name} after {event.name}")


def _double() -> Sequence[Context]:
    """Two policies have every cake baked."""
    policy = Policy(name="bake for sure", on=CakePaid, issues=StartBaking, by=bake)
    language = {**KITCHEN.language, "bake for sure": "꼭 굽는다"}
    return cafe_with(attrs.evolve(KITCHEN, policies=(*KITCHEN.policies, policy), language=language))


def _no_circle(model: DesignModel) -> Iterator[Found]:
    causes = nx.DiGraph()
    for kind in (EdgeKind.ISSUES, EdgeKind.EMITS, EdgeKind.TRIGGERS):
        causes.add_edges_from(
            (edge.source, edge.target)
            for edge in model.edges(kind)
            if model.node(edge.source).kind is not NodeKind.AGGREGATE
        )
    for together in nx.strongly_connected_components(causes):
        if len(together) > 1:
            members = [node for node in model.nodes() if node.id in together]
            names = ", ".join(node.name for node in members)
            yield Found(members[0], f"these set one another off without end: {names}")


def _circle() -> Sequence[Context]:
    """Whatever is in the oven is put into the oven again."""
    policy = Policy(name="bake again", on=BakingStarted, issues=StartBaking, by=_bake_again)
    language = {**KITCHEN.language, "bake again": "다시 굽는다"}
    return cafe_with(attrs.evolve(KITCHEN, policies=(*KITCHEN.policies, policy), language=language))


def _undoable(model: DesignModel) -> Iterator[Found]:
    undoing = {command.facts.get("undone_by") for command in model.nodes(NodeKind.COMMAND)}
    for command in model.nodes(NodeKind.COMMAND):
        begun_from_outside = any(
            issuer.kind is NodeKind.POLICY or issuer.context != command.context
            for issuer in model.predecessors(command.id, EdgeKind.ISSUES, EdgeKind.CALLS)
            if issuer.kind is not NodeKind.ACTOR
        )
        if command.facts.get("creates") and begun_from_outside and command.id not in undoing:
            undo = command.facts.get("undone_by")
            if undo is None:
                yield Found(command, f"nothing undoes {command.name} when the case that led to it is called off")
            elif undo not in model or model.node(undo).context != command.context:
                yield Found(
                    command,
                    f"{command.name} is undone by {undo.partition(':')[2]}, which {command.context} does not handle",
                )


def _not_undoable() -> Sequence[Context]:
    """What is in the oven stays there."""
    start = attrs.evolve(KITCHEN.handlers[0], undone_by=None)
    return cafe_with(attrs.evolve(KITCHEN, handlers=(start, *KITCHEN.handlers[1:])))


def _undone(model: DesignModel) -> Iterator[Found]:
    for command in model.nodes(NodeKind.COMMAND):
        undo = command.facts.get("undone_by", "")
        if undo in model and not model.incoming(undo, EdgeKind.ISSUES, EdgeKind.CALLS):
            yield Found(
                model.node(undo),
                f"{model.node(undo).name} undoes {command.name}, but nobody ever issues it",
                command.id,
            )


def _never_undone() -> Sequence[Context]:
    """A refund exists, and no event leads to it."""
    return cafe_with(attrs.evolve(TILL, policies=()))


def _begun(model: DesignModel) -> Iterator[Found]:
    undoing = {command.facts.get("undone_by") for command in model.nodes(NodeKind.COMMAND)}
    for command in model.nodes(NodeKind.COMMAND):
        issued = model.incoming(command.id, EdgeKind.ISSUES, EdgeKind.CALLS)
        if command.context is not None and not issued and command.id not in undoing:
            yield Found(command, f"no person, policy, deadline or other context issues {command.name}")


def _never_begun() -> Sequence[Context]:
    """Nobody ever has a cake baked."""
    return cafe_with(attrs.evolve(KITCHEN, policies=KITCHEN.policies[1:]))


RULES = (
    Rule(
        id="D14",
        name="A policy's event and command are about the same case.",
        rationale="A policy finds the aggregate it acts on by the correlation key alone. Where event and command "
        "speak of different keys, it acts on somebody else's case.",
        checkpoints=(12, 20),
        fix="Give both the same `correlation_key`, or have the event carry the other key and say so with a message of "
        "its own.",
        check=_same_key,
        specimen=_other_key,
    ),
    Rule(
        id="D15",
        name="A policy issues a command of its own context.",
        rationale="A policy that gives orders to another context couples its team to the other's commands. Turned "
        "round, the other context listens, and the first need not know it.",
        checkpoints=(9, 10),
        fix="Move the policy to the context that handles the command.",
        check=_own_command,
        specimen=_strangers_command,
    ),
    Rule(
        id="D16",
        name="Every consumer is idempotent.",
        rationale="Messages come at least once. A decision commits together with the mark that its message was "
        "handled; several steps cannot.",
        checkpoints=(21, 22),
        fix="Have the policy issue a command of one decision (`Decides`), and leave the rest to a deadline (`WakeUp`).",
        check=_once,
        specimen=_several_steps,
    ),
    Rule(
        id="D17",
        name="No two policies do the same on the same event.",
        rationale="Each marks the message as its own, so the effect comes twice although every message is handled "
        "once.",
        checkpoints=(22,),
        fix="Remove one of the two.",
        check=_no_double,
        specimen=_double,
    ),
    Rule(
        id="D18",
        name="Policies do not set one another off without end.",
        rationale="A circle of events and commands without a person or a deadline in it never comes to rest.",
        checkpoints=(9,),
        fix="Break the circle: react to the fact that began it, or put a deadline into it.",
        check=_no_circle,
        specimen=_circle,
    ),
    Rule(
        id="D19",
        name="What is begun for another context's case can be undone.",
        rationale="There is no transaction across contexts. When the case is called off, each context has to take "
        "back its own part, with a compensation that exists.",
        checkpoints=(3, 4),
        fix="Add the compensating command and name it in `undone_by`.",
        check=_undoable,
        specimen=_not_undoable,
    ),
    Rule(
        id="D20",
        name="A compensation is issued by somebody.",
        rationale="A compensation that no event leads to undoes nothing.",
        checkpoints=(4,),
        fix="Declare the policy that issues it when the case is called off.",
        check=_undone,
        specimen=_never_undone,
    ),
    Rule(
        id="D21",
        name="Every command is issued by somebody.",
        rationale="A command that no person, policy, deadline or other context issues is code that nobody runs, and "
        "on the board a note without an arrow.",
        checkpoints=(1, 4),
        fix="Name the `actor`, declare the policy, or remove the command.",
        check=_begun,
        specimen=_never_begun,
        severity=Severity.WARNING,
    ),
)
