"""Designs of any size, made up from a seed: each context reacts to events of a few others, as real ones do."""

import random

from bookdelivery.design import DesignModel, Edge, EdgeKind, Node, NodeKind

SUBDOMAINS = ("core", "supporting", "general")
VERBS = ("Open", "Check", "Reserve", "Confirm", "Close", "Cancel", "Ship", "Price", "Notify", "Archive")
PAST = ("Opened", "Checked", "Reserved", "Confirmed", "Closed", "Canceled", "Shipped", "Priced", "Notified", "Archived")
THINGS = ("Order", "Invoice", "Parcel", "Stock", "Refund", "Account", "Coupon", "Review", "Supplier", "Shelf")


def town(contexts: int, *, events_each: int = 5, seed: int = 1) -> DesignModel:
    """Make a design of so many contexts, each with so many commands and events, and a view in every fifth."""
    rng = random.Random(seed)
    nodes: list[Node] = [Node(id="actor:clerk", kind=NodeKind.ACTOR, name="clerk", korean="점원")]
    edges: list[Edge] = []
    earlier: list[str] = []
    for number in range(contexts):
        thing = f"{THINGS[number % len(THINGS)]}{number // len(THINGS) or ''}"
        context = f"{thing.lower()}desk"
        facts = {
            "subdomain": SUBDOMAINS[number % 3],
            "uptime_goal": 0.999,
            "cadence": "weekly",
            "team": f"team {number % 7}",
            "former_teams": ["front end", "back end"],
            "open_questions": {f"Open{thing}": "Who opens it on holidays?"} if number % 6 == 0 else {},
            "rejected_events": {f"{thing}LookedAt": "nobody reacts to it"} if number % 5 == 0 else {},
        }
        nodes.append(Node(id=f"context:{context}", kind=NodeKind.CONTEXT, name=context, context=context, facts=facts))
        aggregate = f"aggregate:{context}.{thing}"
        nodes.append(Node(id=aggregate, kind=NodeKind.AGGREGATE, name=thing, context=context, doc=f"A {thing}."))
        own: list[str] = []
        for step in range(events_each):
            name = f"{VERBS[step % len(VERBS)]}{thing}{step // len(VERBS) or ''}"
            stated = f"{thing}{PAST[step % len(PAST)]}{step // len(PAST) or ''}"
            command, event = f"command:{name}", f"event:{stated}"
            nodes.append(Node(id=command, kind=NodeKind.COMMAND, name=name, context=context))
            nodes.append(Node(id=event, kind=NodeKind.EVENT, name=stated, context=context))
            edges.append(Edge(source=command, target=aggregate, kind=EdgeKind.HANDLES))
            edges.append(Edge(source=command, target=event, kind=EdgeKind.EMITS, via=aggregate))
            recent = earlier[-4 * events_each :]
            if recent and rng.random() < 0.5:
                heard = rng.choice(recent)
                policy = f"policy:{context}.after {heard.partition(':')[2]}, {VERBS[step % 10].lower()}"
                if policy not in {node.id for node in nodes[-4 * events_each :]}:
                    nodes.append(Node(id=policy, kind=NodeKind.POLICY, name=policy.partition(".")[2], context=context))
                    edges.append(Edge(source=heard, target=policy, kind=EdgeKind.TRIGGERS))
                    edges.append(Edge(source=policy, target=command, kind=EdgeKind.ISSUES))
            else:
                edges.append(Edge(source="actor:clerk", target=command, kind=EdgeKind.ISSUES))
            own.append(event)
        earlier += own
        if number % 5 == 4:
            view = f"view:{context}.overview"
            nodes.append(Node(id=view, kind=NodeKind.VIEW, name="overview", context=context))
            edges += [Edge(source=event, target=view, kind=EdgeKind.PROJECTS) for event in rng.sample(earlier, 6)]
    return DesignModel.built("town", nodes, edges)
