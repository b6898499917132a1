"""What a test does with a system that runs in virtual time: send, read, break something, expect verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from bookdelivery.contexts.order.messages import OrderReceipt
from bookdelivery.kernel.errors import BookdeliveryError, InvalidField, NotAnswered, Refused
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import DeadLetter
from bookdelivery.simulation import Fault, Lasting, Outage, Result
from bookdelivery.simulation.customers import order_outcome
from bookdelivery.simulation.faults import CUSTOMERS
from bookdelivery.simulation.levers import WorldLevers
from bookdelivery.simulation.network import GaveUp
from bookdelivery.simulation.outcomes import outcome_of
from bookdelivery.simulation.provider import Entry
from bookdelivery.simulation.recording import order_of
from bookdelivery.simulation.streams import Streams
from bookdelivery.testing.expectations import assert_verdicts
from bookdelivery.testing.virtual_time import drop_unless_begun
from bookdelivery.testing.worlds import WATCHED, TestWorld

T = TypeVar("T")
Reply = TypeVar("Reply")

_KINDS = {"PlaceOrder": "place", "PayOrder": "pay", "CancelOrder": "cancel"}
"""What the requests of customers are called in the table of requests, from where requirements are judged."""

_SETTLES_WITHIN_S = 4 * 3600.0


class RunningSystem:
    """A system in virtual time, each context in processes of its own, between a broker, stores in memory and a network.

    The fixtures `bookstore` and `simulated` give one. It is there while the test runs.

    Args:
        stage: its world.
    """

    def __init__(self, stage: TestWorld) -> None:
        self._stage = stage
        self._world = world = stage.world
        self._levers = WorldLevers(
            world.hosts, world.network, world.provider, world.broker, world.troubles, world.recording.strikes
        )
        self._streams = Streams(world.scenario.seed)
        self._seen: Counter[str] = Counter()
        self._expected: dict[str, str] = {}
        self._from_outside = {
            handler.command
            for context in world.composition.contexts
            for handler in context.handlers
            if handler.actor is not None
        }
        self._views = {view: name for name, wired in world.composition.wired.items() for view in wired.views}

    @property
    def now_s(self) -> float:
        """The seconds of virtual time since it began."""
        return self._stage.now_s

    # --- what customers and shopkeepers do ----------------------------------------------------------------------------

    async def send(self, command: Command[Reply], *, timeout_s: float = 60.0) -> Reply:
        """Send a command over the network, as the person who issues it, and wait for its answer.

        Args:
            command: the command.
            timeout_s: for how many seconds to wait.

        Raises:
            UnknownCommand: no context handles it.
            Refused: the domain says no, or it is a command that only contexts send one another.
            Unavailable: nobody was there to take it.
            NotAnswered: no answer; whether it had an effect is unknown.
        """
        context = self._world.composition.home(command)
        kind = type(command).__name__
        if type(command) not in self._from_outside:
            allowed = sorted(each.__name__ for each in self._from_outside)
            raise Refused(kind, "nobody outside may issue it, it follows from events", allowed)
        begun_s, outcome, order_id = self.now_s, "failed", order_of(command)
        try:
            reply = await self._world.network.ask(CUSTOMERS, context, command, timeout_s)
            outcome = "answered"
            if isinstance(reply, OrderReceipt):
                outcome, order_id = order_outcome(reply), reply.order_id
        except GaveUp:
            outcome = "timed_out"
            raise
        except BookdeliveryError as error:
            outcome = outcome_of(error)
            raise
        finally:
            row = (_KINDS.get(kind, kind), order_id, context, begun_s, self.now_s, self.now_s - begun_s)
            self._world.recording.requests.add((*row, outcome))
        return reply

    async def read(self, view: str, key: int, *, timeout_s: float = 60.0) -> Any:
        """Read a view's row by its correlation key, None if there is none.

        Raises:
            InvalidField: no context has this view.
            Unavailable, NotAnswered: its context cannot be reached.
        """
        if view not in self._views:
            allowed = f"one of {', '.join(self._views) or 'none: there are no views'}"
            raise InvalidField("read", "view", view, allowed)
        return await self._world.network.have_done(
            CUSTOMERS, self._views[view], lambda pod: pod.service.look(view, key), timeout_s
        )

    async def mypage(self, order_id: int) -> Any:
        """Show how an order stands, as its customer sees it on MyPage; None if nothing is known of it (yet)."""
        return await self.read("mypage", order_id)

    async def settle(self, timeout_s: float = 3600.0) -> None:
        """Wait until no event is left to publish or handle, and no deadline is due.

        Deadlines to come are not waited for: sleep until they are due.

        Raises:
            NotAnswered: something was still left to do.
        """
        if not await self._stage.rest(timeout_s):
            raise NotAnswered(f"after {timeout_s:g} s there is still something to do")

    # --- what breaks --------------------------------------------------------------------------------------------------

    @contextmanager
    def suffering(self, *faults: Lasting) -> Generator[None]:
        """Have faults hold while the `with` block runs; their own `at` and `lasts` do not matter.

        Args:
            faults: such as `Outage("payment")`, `StoreDown("order")`, `SlowDown("payment", factor=50)`,
                `ProviderTrouble(...)`, `Duplication()`, `Reordering()`, `LostAnswers(...)`, `Partition(...)` or
                `BrokerDown()`.

        Raises:
            InvalidField: one of them does not begin and end, speaks of a context that is not there, or cannot begin in
                the middle of a test.
        """
        for fault in faults:
            self._check(fault)
        begun_s = self.now_s
        with ExitStack() as held:
            for fault in faults:
                self._seen[fault.label] += 1
                rng = self._streams.numpy("suffering", fault.label, str(self._seen[fault.label]))
                held.enter_context(fault.hold(self._levers, rng))
            yield
        for fault in faults:
            self._levers.struck(fault.label, begun_s, self.now_s)

    def _check(self, fault: Fault) -> None:
        if not isinstance(fault, Lasting):
            raise InvalidField("suffering", "faults", fault, "faults that hold for a while, such as Outage('payment')")
        if not WATCHED.issuperset(fault.watches):
            raise InvalidField("suffering", "faults", fault, "given with @pytest.mark.simulated(faults=[...])")
        fault.check(list(self._world.hosts))

    def crash(self, context: str, *, restart_after_s: float = 1.0) -> None:
        """Kill one of a context's processes at once, as kill -9 does; it starts again some seconds later.

        Raises:
            InvalidField: there is no such context.
        """
        self._check(Outage(context))
        self._levers.crash(context, restart_after_s)
        self._levers.struck(f"{context} crashes", self.now_s, self.now_s + restart_after_s)

    def steps(self, context: str) -> int:
        """Count the steps of a context's dealings with a store, the broker, another context or an external system.

        Each dealing has two: one before it takes effect, and one after that, but before the process learns of it. To
        kill a process at each of them in turn is to try every crash that can make a difference to the outside.

        Raises:
            InvalidField: there is no such context.
        """
        self._check(Outage(context))
        return self._world.hosts[context].steps

    def crash_at_step(self, context: str, step: int, *, restart_after_s: float = 1.0) -> None:
        """Kill the process of a context that takes a step to come, counted from 1; it starts again some seconds later.

        The test fails if it ends before that step was taken.

        Raises:
            InvalidField: there is no such context, or no such step.
        """
        if type(step) is not int or step < 1:
            raise InvalidField("crash_at_step", "step", step, "a whole number, 1 or more")
        self._levers.crash_at_step(context, self.steps(context) + step, restart_after_s)

    # --- what came of it ----------------------------------------------------------------------------------------------

    async def state(self, context: str, kind: str, key: int) -> Any:
        """Look at an aggregate in a context's store by its correlation key; None if there is none.

        Raises:
            InvalidField: there is no such context.
        """
        self._check(Outage(context))
        record = await self._world.hosts[context].store.get(kind, key)
        return None if record is None else record.state

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages that any context has given up, the oldest first."""
        found = [letter for host in self._world.hosts.values() for letter in await host.store.dead_letters()]
        return sorted(found, key=lambda letter: letter.at)

    @property
    def ledger(self) -> Sequence[Entry]:
        """Every charge and refund of the payment provider, in order."""
        return self._world.provider.ledger.entries

    def expects(self, **verdicts: str) -> None:
        """Have verdicts asserted once the test is over and everything has settled, deadlines to come included.

        Args:
            verdicts: by the requirement's id, "met", "violated" or "undecided": `bookstore.expects(N1="met")`.
        """
        self._expected.update(verdicts)

    def perform(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a test in it, once, and assert what it expects (see `Stage`).

        Raises:
            AssertionError: a verdict is another one, or a planned crash never came.
            StillWaiting: the test was not done in the time it has.
            PodsFailed: code in a process raised an error that nobody foresaw.
            Exception: what the test raised.
        """
        __tracebackhide__ = True
        whole = self._to_the_end(main)
        try:
            result = self._stage.perform(whole)
        finally:
            drop_unless_begun(whole)
        self._check_crashes()
        if self._expected:
            assert_verdicts(self.result, **self._expected)
        return result

    async def _to_the_end(self, main: Coroutine[Any, Any, T]) -> T:
        __tracebackhide__ = True
        result = await main
        if self._expected:
            self._stage.is_settled = await self._stage.rest(_SETTLES_WITHIN_S, with_deadlines=True)
        return result

    def _check_crashes(self) -> None:
        for name, host in self._world.hosts.items():
            if host.deadly_steps:
                left = ", ".join(str(step - host.steps) for step in sorted(host.deadly_steps))
                raise AssertionError(f"{name} was to crash {left} step(s) later, but the test was over before")

    @property
    def result(self) -> Result:
        """What came of it, with all its tables and pictures, once the test is over.

        Raises:
            RuntimeError: it is not.
        """
        if not self._stage.is_over:
            raise RuntimeError(
                "the result is there when the test is over; until then ask with read(), state() or ledger"
            )
        return self._stage.result()
