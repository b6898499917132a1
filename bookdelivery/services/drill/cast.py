"""The processes of a drill, not started yet: each context's, the gateway before them, and the authorization server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from bookdelivery.services.config_loading import Flags
from bookdelivery.services.drill.balancer import Balancer
from bookdelivery.services.drill.fleet import Process
from bookdelivery.services.drill.member import Task
from bookdelivery.services.drill.places import Places
from bookdelivery.services.drill.ports import HOST, free_ports, is_ready
from bookdelivery.services.serve_command import as_arguments
from bookdelivery.services.serving import PORTS
from bookdelivery.services.supervising import this_program
from bookdelivery.simulation import Deployment, Exponential, Scenario

PATIENCE_S = 240.0
"""Seconds that a process has to come up."""

LINGER_S = 6.0
"""Seconds for which a replica that is to end still takes requests: until the gateway keeps no connection to it."""

_ONE = Deployment(replicas=1, start_up_s=Exponential(1.0))
_MANY = "1000000"


@attrs.frozen(kw_only=True)
class Cast:
    """All processes of the bookstore.

    Attributes:
        members: each context's.
        tasks: what these were told, in the same order.
        gateway: the one entrance.
        authorization: gives those who come their tokens.
        balancers: what stands before the contexts with several processes.
        address: the gateway's.
        issuer: the authorization server's address.
    """

    members: Mapping[str, Sequence[Process]]
    tasks: Mapping[str, Sequence[Task]]
    gateway: Process
    authorization: Process
    balancers: Sequence[Balancer]
    address: str
    issuer: str

    def everybody(self) -> Sequence[Process]:
        """Give all processes, in the order in which they start."""
        return [self.authorization, *(one for replicas in self.members.values() for one in replicas), self.gateway]


def cast(*, places: Places, scenario: Scenario, directory: Path, config: str) -> Cast:
    """Make the processes; each context listens where the others look for it, or what balances its replicas does.

    Args:
        places: where data and topic are.
        scenario: says how many processes a context gets.
        directory: the drill's files.
        config: the configuration file; "" for none.
    """
    first = free_ports(len(PORTS) + 2)
    gateway_port, issuer_port = first + len(PORTS), first + len(PORTS) + 1
    flags = {
        **places.flags(),
        "http.host": HOST,
        "http.first_port": str(first),
        "gateway.port": str(gateway_port),
        # Some people come for all; here they may ask as often as they like.
        "gateway.per_caller_per_second": _MANY,
        "gateway.per_address_per_second": _MANY,
        "operations.metrics": "true",
        "operations.start_patience_s": f"{PATIENCE_S:g}",
        # Whatever a configuration file says, a drill's tokens are its own server's.
        "security.issuer": "",
        "security.jwks_url": "",
        "authorization.development": "true",
        "authorization.port": str(issuer_port),
    }
    tasks = {}
    balancers = []
    for place, context in enumerate(PORTS):
        number = scenario.deployment.get(context, _ONE).replicas
        ports = [first + place] if number == 1 else [free_ports(1) for _ in range(number)]
        told = flags if number == 1 else {**flags, "operations.linger_s": f"{LINGER_S:g}"}
        tasks[context] = [
            Task(
                name=context if not before else f"{context}-{before + 1}",
                context=context,
                port=port,
                flags=told,
                directory=str(directory),
                config=config,
                seed=scenario.seed,
            )
            for before, port in enumerate(ports)
        ]
        if number > 1:
            balancers.append(Balancer(first + place, {port: is_ready(port) for port in ports}))
    return Cast(
        members={name: [_member(task, directory) for task in replicas] for name, replicas in tasks.items()},
        tasks=tasks,
        gateway=_beside("gateway", gateway_port, flags, directory, config),
        authorization=_beside("authorization", issuer_port, flags, directory, config),
        balancers=balancers,
        address=f"http://{HOST}:{gateway_port}",
        issuer=f"http://{HOST}:{issuer_port}",
    )


def _member(task: Task, directory: Path) -> Process:
    return Process(task.name, task.command(), directory / f"{task.name}.log", is_ready(task.port))


def _beside(name: str, port: int, flags: Flags, directory: Path, config: str) -> Process:
    command = this_program("serve", name, *as_arguments(Path(config) if config else None, flags))
    return Process(name, command, directory / f"{name}.log", is_ready(port))
