"""The steps of an environment on which loops live, taken without the detour of `simpy.Environment.step()`."""

from __future__ import annotations

from asyncio import _set_running_loop
from contextvars import Context
from heapq import heappop
from sys import set_asyncgen_hooks
from typing import TYPE_CHECKING, Any

from simpy.core import EmptySchedule

from bookdelivery.simulation._handles import NORMAL, TIMERS, Pump

if TYPE_CHECKING:
    from bookdelivery.simulation._turns import TakesTurns


_run = Context.run
"""Bound to no context: to bind it to each would make an object each time."""


def conduct(driver: TakesTurns) -> None:  # noqa: C901, PLR0912, PLR0915 - in pieces it is slower
    """Run what is due on every loop, and every event of SimPy's, until the driving loop is told to stop.

    Each of our own entries is one turn of its loop, as in `TakesTurns`, and what is SimPy's is left to its `step()`.
    The running loop is changed only where another one is next.

    Raises:
        EmptySchedule: nothing is scheduled any more.
    """
    args: Any
    env, queue, shared, pumps = driver._env, driver._queue, driver._shared, driver._shared.pumps
    running, args = driver, ()
    shared.conducts = True
    try:
        while not driver._stopping:
            entry: Any
            if pumps and (not queue or queue[0] > (env._now, NORMAL, pumps[0].id)):
                entry = pumps.popleft()
                args = (entry,)
                go_on = type(entry) is Pump
                if go_on:
                    entry.callbacks = None
                now = env._now
            elif not queue:
                raise EmptySchedule
            else:
                entry = queue[0][3]
                kind = type(entry)
                if kind not in TIMERS and kind is not Pump:
                    if running is not driver:
                        running = driver
                        _set_running_loop(driver)
                        set_asyncgen_hooks(*driver._generators.hooks)
                    env.step()
                    continue
                now = heappop(queue)[0]
                entry.callbacks = None
                go_on = kind is Pump
                if not go_on:
                    if entry._cancelled:
                        shared.cancelled -= 1
                        continue
                    args = entry._args
                env._now = now
            loop = entry._loop
            if loop is not running:
                running = loop
                _set_running_loop(loop)
                set_asyncgen_hooks(*loop._generators.hooks)
            # While it runs, what becomes ready need not wake the loop.
            loop._awake = True
            if not go_on:
                try:
                    _run(entry._context, entry._callback, *args)
                except BaseException as error:  # noqa: BLE001 - a loop outlives what its callbacks raise
                    loop._report(entry, error)
            # What the callback held is freed now, as on asyncio's loop, and not when the next one runs.
            entry, args = None, ()
            ready, due = loop._ready, loop._due
            while ready or due:
                if not go_on and (pumps or (queue and queue[0][0] <= now) or loop._stopping):
                    # Something else is to be run at this moment before what has just become ready.
                    break
                go_on = False
                if due:
                    loop._make_due_ready()
                for _ in range(len(ready)):
                    handle: Any = ready.popleft()
                    try:
                        _run(handle._context, handle._callback, *handle._args)
                    except BaseException as error:  # noqa: BLE001 - as above
                        loop._report(handle, error)
                handle = None
            loop._awake = loop._pump.callbacks is not None
            if ready or due:
                loop._wake()
            if loop._stopping:
                loop._tidy_up()
    finally:
        shared.conducts = False
        while pumps:
            entry = pumps.popleft()
            if type(entry) is Pump:
                driver.push_pump(entry)
            else:
                entry._loop.call_soon(entry._callback, entry, context=entry._context)
        running._end_turn()
        _set_running_loop(driver)
        set_asyncgen_hooks(*driver._generators.hooks)
