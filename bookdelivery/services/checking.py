"""What a process that runs contexts depends on, as checks of its readiness."""

from __future__ import annotations

from functools import partial

from bookdelivery.adapters.observability.health import Ask
from bookdelivery.application.application import Application
from bookdelivery.application.service import ContextService
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Store


def checks_of(application: Application) -> dict[str, Ask]:
    """Give the checks, by the name under which they are told.

    For each context its store is read, the broker is asked how far the context has come, tables that have to be
    migrated must have been, and nothing may stand in the way of its work for good, such as a full disk: a store that
    can be read still answers then.
    """
    checks: dict[str, Ask] = {}
    for name, service in application.services.items():
        checks[f"{name}: store"] = partial(_read, service.store)
        checks[f"{name}: broker"] = partial(service.broker.lag, name)
        if hasattr(service.store, "is_migrated"):
            checks[f"{name}: migrations"] = partial(_migrated, service.store)
        checks[f"{name}: work"] = partial(_at_work, service)
    return checks


async def _read(store: Store) -> None:
    await store.waiting(1)


async def _migrated(store: Store) -> None:
    await store.waiting(1)
    if not getattr(store, "is_migrated"):  # noqa: B009 - only some kinds of store have tables to migrate
        raise Unavailable("the tables are not migrated yet")


async def _at_work(service: ContextService) -> None:
    last = service.trouble.last
    if isinstance(last, UnusableStore):
        raise last
