"""An online bookstore of separately owned services, written once, run for real and in virtual time.

```python
from bookdelivery import Bookstore, PlaceOrder
```

Everything is loaded when it is first asked for, so that a service which only serves orders never pays for pandas or
SimPy (`bookdelivery.simulation` and `bookdelivery.requirements` need the `sim` extra, `bookdelivery.design` needs
`design`).
"""

from typing import TYPE_CHECKING

from bookdelivery._version import __version__

if TYPE_CHECKING:
    from bookdelivery.application.protections import ContextResilience
    from bookdelivery.application.surroundings import EngineSettings
    from bookdelivery.application.system import System
    from bookdelivery.contexts.delivery.messages import CompleteDelivery
    from bookdelivery.contexts.order.messages import CancelOrder, OrderReceipt, OrderStatus, PayOrder, PlaceOrder
    from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
    from bookdelivery.kernel.errors import (
        BookdeliveryError,
        InvalidField,
        NotFound,
        Overloaded,
        Refused,
        Unavailable,
        UnknownCommand,
        UnusableStore,
        WronglyDeclared,
    )
    from bookdelivery.kernel.values import Won
    from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM, Bookstore
    from bookdelivery.services.embedded import Embedded

__all__ = [
    "BOOKSTORE_SYSTEM",
    "BookdeliveryError",
    "Bookstore",
    "CancelOrder",
    "CompleteDelivery",
    "ContextResilience",
    "Embedded",
    "EngineSettings",
    "InvalidField",
    "NotFound",
    "OrderReceipt",
    "OrderStatus",
    "Overloaded",
    "PackOrder",
    "PayOrder",
    "PlaceOrder",
    "Refused",
    "RejectOrder",
    "System",
    "TakeOrder",
    "Unavailable",
    "UnknownCommand",
    "UnusableStore",
    "Won",
    "WronglyDeclared",
    "__version__",
]

# Hidden from type checkers, which would otherwise believe every misspelt name to be there.
if not TYPE_CHECKING:
    from importlib import import_module

    _PACKAGES = frozenset({"design", "requirements", "resilience", "services", "simulation"})
    _FOUND_IN = {
        "application.protections": ["ContextResilience"],
        "application.surroundings": ["EngineSettings"],
        "application.system": ["System"],
        "contexts.delivery.messages": ["CompleteDelivery"],
        "contexts.order.messages": ["CancelOrder", "OrderReceipt", "OrderStatus", "PayOrder", "PlaceOrder"],
        "contexts.ordermanagement.messages": ["PackOrder", "RejectOrder", "TakeOrder"],
        "kernel.errors": [
            "BookdeliveryError",
            "InvalidField",
            "NotFound",
            "Overloaded",
            "Refused",
            "Unavailable",
            "UnknownCommand",
            "UnusableStore",
            "WronglyDeclared",
        ],
        "kernel.values": ["Won"],
        "services.bookstore": ["BOOKSTORE_SYSTEM", "Bookstore"],
        "services.embedded": ["Embedded"],
    }
    _HOME = {name: module for module, names in _FOUND_IN.items() for name in names}

    def __getattr__(name: str) -> object:
        if name in _PACKAGES:
            return import_module(f"bookdelivery.{name}")
        if name in _HOME:
            value = globals()[name] = getattr(import_module(f"bookdelivery.{_HOME[name]}"), name)
            return value
        raise AttributeError(f"module 'bookdelivery' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *_PACKAGES})
