"""Which design a command line means: the bookstore's, that of a module, or a model in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bookdelivery.application.system import System
from bookdelivery.design.errors import UnreadableModel
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM

ALLOWED = "a module path such as my_shop or my_shop.design:SYSTEM, or a file written by `bookdelivery design model`"


class UnusableModule(BookdeliveryError, ImportError):
    """A module cannot be imported, or declares nothing that could be drawn."""


def design_of(given: str) -> DesignModel:
    """Give the design that is meant.

    Args:
        given: empty for the bookstore; `module` or `module:NAME` for a `System`, a `Context` or a sequence of contexts
            (without a name: the module's only system, else all its contexts together); or a file that ends in `.json`.
            Modules are looked for in the present directory, too.

    Raises:
        InvalidField: it is neither.
        UnusableModule: the module cannot be imported, or has nothing of the kind.
        UnreadableModel: the file cannot be read, or is no model.
    """
    if given.endswith(".json"):
        return read_model(Path(given))
    system = _declared(given)
    return (
        DesignModel.of(system) if isinstance(system, System) else DesignModel.of(system, name=given.partition(":")[0])
    )


def contexts_of(given: str) -> tuple[Context, ...]:
    """Give the contexts that are meant, for what is made from code rather than from a model.

    Args:
        given: as for `design_of`; of a model in a file there is no code, so it gives none.

    Raises:
        InvalidField, UnusableModule: as there.
    """
    if given.endswith(".json"):
        return ()
    system = _declared(given)
    return system.contexts if isinstance(system, System) else system


def read_model(path: Path) -> DesignModel:
    """Read a model from a file.

    Raises:
        UnreadableModel: the file cannot be read, or is no model.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UnreadableModel(str(path), f"cannot be read ({error.strerror})") from error
    return DesignModel.from_json(text, str(path))


def _declared(given: str) -> System | tuple[Context, ...]:
    if not given:
        return BOOKSTORE_SYSTEM
    module, _, name = given.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *([name] if name else []))):
        raise InvalidField("design", "of", given, ALLOWED)
    return _named(_imported(module), name) if name else _only(_imported(module))


def _imported(module: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(module)
    except ImportError as error:
        raise UnusableModule(f"{module} cannot be imported: {error}") from error


def _named(module: ModuleType, name: str) -> System | tuple[Context, ...]:
    value = getattr(module, name, None)
    if isinstance(value, Context):
        return (value,)
    if isinstance(value, System):
        return value
    if isinstance(value, Iterable) and not isinstance(value, str):
        contexts = tuple(value)
        if contexts and all(isinstance(one, Context) for one in contexts):
            return contexts
    raise UnusableModule(f"{module.__name__}:{name} is no System, Context or sequence of contexts, but {value!r:.60}")


def _only(module: ModuleType) -> System | tuple[Context, ...]:
    values = list(vars(module).values())
    systems = {id(value): value for value in values if isinstance(value, System)}
    if len(systems) == 1:
        return next(iter(systems.values()))
    if systems:
        raise UnusableModule(f"{module.__name__} has {len(systems)} systems; say which: {module.__name__}:NAME")
    contexts = tuple({id(value): value for value in values if isinstance(value, Context)}.values())
    if not contexts:
        raise UnusableModule(f"{module.__name__} has neither a System nor a Context at its top level")
    return contexts
