"""An online bookstore of separately owned services, written once, run for real and in virtual time.

What needs the `sim` extra (`bookdelivery.simulation`, `bookdelivery.requirements`) is loaded when it is
first asked for, so that a service which only serves orders never pays for pandas or SimPy.
"""

from typing import TYPE_CHECKING

from bookdelivery._version import __version__

__all__ = ["__version__"]

# Hidden from type checkers, which would otherwise believe every misspelt name to be a module.
if not TYPE_CHECKING:
    from importlib import import_module

    _LOADED_ON_FIRST_USE = frozenset({"requirements", "services", "simulation"})

    def __getattr__(name: str) -> object:
        if name in _LOADED_ON_FIRST_USE:
            return import_module(f"bookdelivery.{name}")
        raise AttributeError(f"module 'bookdelivery' has no attribute {name!r}")
