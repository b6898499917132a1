"""What a test suite of your own needs to ask what happens when time passes, and when things break.

pytest finds the plugin by itself once the package is installed (`bookdelivery.testing.plugin`). An async test that
takes one of its fixtures runs in virtual time:

```python
async def test_an_order_waits_while_the_store_is_down(bookstore):
    with bookstore.suffering(Outage("ordermanagement")):
        receipt = await bookstore.send(PlaceOrder(...))
        assert receipt.complete
    await bookstore.settle()
    bookstore.expects(N1="met", N2="met")
```

Needs the `sim` extra; pytest is imported by the plugin alone. Everything is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookdelivery.testing.expectations import assert_verdicts
    from bookdelivery.testing.running import RunningSystem
    from bookdelivery.testing.virtual_time import LoopClock, VirtualTime
    from bookdelivery.testing.worlds import PodsFailed, StillWaiting

__all__ = ["LoopClock", "PodsFailed", "RunningSystem", "StillWaiting", "VirtualTime", "assert_verdicts"]

# Hidden from type checkers, which would otherwise believe every misspelt name to be there.
if not TYPE_CHECKING:
    from importlib import import_module

    _FOUND_IN = {
        "expectations": ["assert_verdicts"],
        "running": ["RunningSystem"],
        "virtual_time": ["LoopClock", "VirtualTime"],
        "worlds": ["PodsFailed", "StillWaiting"],
    }
    _HOME = {name: module for module, names in _FOUND_IN.items() for name in names}

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module 'bookdelivery.testing' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"bookdelivery.testing.{_HOME[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
