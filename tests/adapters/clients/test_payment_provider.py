"""The embedded payment provider keeps its books right, however it is told to behave."""

import asyncio
import multiprocessing
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bookdelivery.adapters.clients.ledger import Account
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider, Mood
from bookdelivery.contexts.payment.provider import Charged, Declined, PaymentProvider
from bookdelivery.kernel.errors import InvalidField, NotAnswered, Refused, Unavailable, UnusableStore
from bookdelivery.kernel.values import Won

PRICE = Won(25_000)

Body = Callable[[EmbeddedPaymentProvider], Coroutine[Any, Any, None]]


@pytest.fixture(params=["memory", "file"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Body], None]:
    async def with_provider(body: Body) -> None:
        provider = EmbeddedPaymentProvider(tmp_path / "provider.db" if request.param == "file" else None)
        try:
            await body(provider)
        finally:
            await provider.close()

    return lambda body: asyncio.run(with_provider(body))


def test_it_charges_once_however_often_it_is_asked(run: Callable[[Body], None]) -> None:
    async def body(provider: PaymentProvider) -> None:
        assert await provider.charge("7", PRICE) == Charged(PRICE)
        assert await provider.charge("7", PRICE) == Charged(PRICE)
        assert isinstance(provider, EmbeddedPaymentProvider)
        assert await provider.ledger.accounts() == {"7": Account(PRICE)}
        assert (await provider.ledger.account("7")).balance == PRICE

    run(body)


def test_the_same_key_with_another_amount_is_refused_and_changes_nothing(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        await provider.charge("7", PRICE)
        with pytest.raises(Refused, match=r"charge of 1 won for 7 is refused: it was charged 25,000 won"):
            await provider.charge("7", Won(1))
        assert (await provider.ledger.account("7")).balance == PRICE

    run(body)


def test_a_refund_gives_back_what_was_charged_once(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        await provider.charge("7", PRICE)
        assert await provider.refund("7") == PRICE
        assert await provider.refund("7") == PRICE, "asked again, it answers as before"
        assert await provider.ledger.account("7") == Account(PRICE, PRICE)
        assert (await provider.ledger.account("7")).balance == Won(0)

    run(body)


@pytest.mark.parametrize("mood", [Mood.APPROVES, Mood.DECLINES])
def test_a_refunded_key_is_never_charged_even_if_it_never_was(run: Callable[[Body], None], mood: Mood) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        assert await provider.refund("7") == Won(0)
        provider.mood = mood
        with pytest.raises(Refused, match="it was refunded"):
            await provider.charge("7", PRICE)
        assert await provider.ledger.account("7") == Account(None, Won(0))

    run(body)


def test_a_declined_key_can_be_charged_later_and_a_charged_one_is_not_declined(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        provider.mood = Mood.DECLINES
        answer = await provider.charge("7", PRICE)
        assert isinstance(answer, Declined)
        assert answer.reason
        assert await provider.ledger.accounts() == {}
        provider.mood = Mood.APPROVES
        assert await provider.charge("7", PRICE) == Charged(PRICE)
        provider.mood = Mood.DECLINES
        assert await provider.charge("7", PRICE) == Charged(PRICE)
        assert await provider.refund("7") == PRICE

    run(body)


def test_a_lost_request_moves_no_money_and_a_lost_answer_does(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        provider.then(Mood.LOSES_REQUEST, Mood.LOSES_ANSWER)
        with pytest.raises(NotAnswered):
            await provider.charge("7", PRICE)
        assert await provider.ledger.accounts() == {}
        with pytest.raises(NotAnswered):
            await provider.charge("7", PRICE)
        assert (await provider.ledger.account("7")).balance == PRICE
        assert await provider.charge("7", PRICE) == Charged(PRICE), "the next request is approved as usual"
        assert await provider.ledger.accounts() == {"7": Account(PRICE)}

    run(body)


def test_refunds_can_fail_while_charges_do_not(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        provider.refund_mood = Mood.LOSES_REQUEST
        await provider.charge("7", PRICE)
        with pytest.raises(NotAnswered):
            await provider.refund("7")
        assert (await provider.ledger.account("7")).balance == PRICE
        provider.refund_mood = Mood.LOSES_ANSWER
        with pytest.raises(NotAnswered):
            await provider.refund("7")
        assert (await provider.ledger.account("7")).balance == Won(0)
        provider.refund_mood = None
        assert await provider.refund("7") == PRICE

    run(body)


def test_requests_at_the_same_time_do_not_mix_up(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        await provider.charge("0", Won(1))
        asked = [provider.charge(str(key), PRICE) for key in range(50)] + [provider.charge("1", PRICE)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(answers[0], Refused)
        assert answers[1:] == [Charged(PRICE)] * 50
        accounts = await provider.ledger.accounts()
        assert accounts == {"0": Account(Won(1))} | {str(key): Account(PRICE) for key in range(1, 50)}

    run(body)


def test_a_slow_provider_that_is_given_up_on_has_charged_nothing(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        provider.latency_s = 3600.0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await provider.charge("7", PRICE)
        assert await provider.ledger.accounts() == {}

    run(body)


def test_a_mood_that_does_not_exist_is_refused(run: Callable[[Body], None]) -> None:
    async def body(provider: EmbeddedPaymentProvider) -> None:
        allowed = "each one of Mood.APPROVES, Mood.DECLINES, Mood.LOSES_REQUEST, Mood.LOSES_ANSWER"
        with pytest.raises(InvalidField, match=re.escape(allowed)):
            provider.then(Mood.DECLINES, "sulks")  # type: ignore[arg-type]
        assert await provider.charge("7", PRICE) == Charged(PRICE), "none of them holds"

    run(body)


def test_a_ledger_in_a_file_survives_a_restart(tmp_path: Path) -> None:
    async def body() -> None:
        first = EmbeddedPaymentProvider(tmp_path / "provider.db")
        await first.charge("7", PRICE)
        await first.refund("8")
        await first.close()
        with pytest.raises(Unavailable):
            await first.charge("9", PRICE)
        second = EmbeddedPaymentProvider(tmp_path / "provider.db")
        try:
            assert await second.ledger.accounts() == {"7": Account(PRICE), "8": Account(None, Won(0))}
            assert await second.charge("7", PRICE) == Charged(PRICE)
        finally:
            await second.close()

    asyncio.run(body())


def _charge_many(path: Path) -> int:
    async def body() -> int:
        provider = EmbeddedPaymentProvider(path)
        answers = [await provider.charge(str(key), PRICE) for key in range(20)]
        await provider.close()
        return len(answers)

    return asyncio.run(body())


def test_several_processes_may_share_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "provider.db"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_charge_many, [path, path]) == [20, 20]

    async def body() -> None:
        provider = EmbeddedPaymentProvider(path)
        try:
            assert await provider.ledger.accounts() == {str(key): Account(PRICE) for key in range(20)}
        finally:
            await provider.close()

    asyncio.run(body())


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    stranger = tmp_path / "letter.txt"
    stranger.write_text("Dear customer, " * 100, encoding="utf-8")
    with pytest.raises(UnusableStore, match=r"letter\.txt"):
        EmbeddedPaymentProvider(stranger)
    assert stranger.read_text(encoding="utf-8").startswith("Dear customer")
