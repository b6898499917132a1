"""A running bookstore as the judge sees it, and how one is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.application.application import Application
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.application.system import System
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Clock
from bookdelivery.requirements.evidence import Account, Evidence

Reply = TypeVar("Reply")


class Shop(Protocol):
    """What a functional requirement needs of a bookstore: few enough words that any system can be put in."""

    @property
    def provider(self) -> EmbeddedPaymentProvider:
        """The payment provider behind it, which does as the judge tells it."""
        ...

    async def send(self, command: Command[Reply]) -> Reply:
        """Send a command as the person who issues it, and wait for its answer."""
        ...

    async def settle(self) -> None:
        """Wait until no event is left to handle and no deadline is due."""
        ...

    async def until(self, what: str, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds.

        Args:
            what: it is, in words.
            holds: says whether it does.

        Raises:
            NotAnswered: it never did.
        """
        ...

    async def mypage(self, order_id: int) -> Any:
        """Read an order's row on MyPage, None if there is none."""
        ...

    async def mypages(self, customer_id: int) -> Sequence[Any]:
        """Read all of a customer's rows on MyPage."""
        ...

    async def stored(self, kind: str, order_id: int) -> Any:
        """Read what a context keeps of a kind (`Order`, `Payment`, `Ordermgmt`, `Delivery`) about an order."""
        ...

    async def accounts(self) -> Mapping[int, Account]:
        """Open the payment provider's books, by order id."""
        ...

    async def account(self, order_id: int) -> Account:
        """Look an order up in the payment provider's books."""
        ...

    async def advance(self, seconds: float) -> None:
        """Let the time of day go on, and wait until all deadlines passed by that are seen to."""
        ...

    def hold_back(self, context: str) -> None:
        """Let nothing that a context publishes arrive until `let_go`."""
        ...

    def let_go(self, context: str) -> None:
        """Let what a context published arrive after all."""
        ...

    async def deliver_again(self) -> None:
        """Deliver every event published so far once more, to everybody."""
        ...

    async def rebuild_mypage(self) -> None:
        """Fold MyPage anew from the logs of all contexts."""
        ...

    async def evidence(self) -> Evidence:
        """Gather what the run left; it is over then."""
        ...


class Opener(Protocol):
    """Opens a system on one kind of store and broker. A function at the top of a module, so that workers find it."""

    def __call__(
        self, system: System, *, clock: Clock, provider: PaymentProvider, settings: EngineSettings
    ) -> AbstractAsyncContextManager[Application]:
        """Run the system, on data that begin empty and end with the context.

        Args:
            system: what to run.
            clock: tells the time of day.
            provider: stands behind the port `PaymentProvider`.
            settings: of the machinery.
        """
        ...
