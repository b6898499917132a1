"""F6 and F7: the customer cancels, and what was done for the order is undone."""

from __future__ import annotations

from bookdelivery.adapters.clients.payment_provider import Mood
from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import CancelOrder, PayOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
from bookdelivery.kernel.messages import Command
from bookdelivery.requirements.functional.case import STAGES, Case, Scene

RACES = 6
"""How often each race is run; who is quicker is drawn anew each time."""


async def an_order_can_be_canceled_until_delivered(scene: Scene) -> None:
    """At every stage before the parcel is handed over."""
    for stage in STAGES[:-1]:
        order_id = await scene.bring_to(stage)
        await scene.shop.send(CancelOrder(order_id))
        await scene.shop.settle()
        await scene.stands_at(order_id, "canceled")


async def a_canceled_order_is_not_canceled_again(scene: Scene) -> None:
    """The second cancel is refused, at once and after all is settled."""
    order_id = await scene.bring_to("placed")
    await scene.shop.send(CancelOrder(order_id))
    await scene.refuses(CancelOrder(order_id), "it is being canceled")
    await scene.shop.settle()
    await scene.refuses(CancelOrder(order_id), "it is canceled")


async def what_is_over_cannot_be_canceled(scene: Scene) -> None:
    """A delivered, an expired and an unknown order cannot be canceled."""
    await scene.refuses(CancelOrder(await scene.bring_to("delivered")), "it is delivered")
    expired = await scene.bring_to("declined")
    await scene.shop.advance(2 * 3600.0)
    await scene.refuses(CancelOrder(expired), "it has expired")
    await scene.refuses(CancelOrder(9_999), "nobody ordered it")


async def a_canceled_order_cannot_go_on(scene: Scene) -> None:
    """Nothing can be done any more for an order that was canceled."""
    order_id = await scene.bring_to("placed")
    await scene.shop.send(CancelOrder(order_id))
    await scene.shop.settle()
    for command in (PayOrder(order_id), TakeOrder(order_id), PackOrder(order_id), CompleteDelivery(order_id)):
        await scene.refuses(command, "it is canceled")


async def money_and_parcel_come_back(scene: Scene) -> None:
    """Whatever stage the cancel came at: the balance is 0, and no parcel stays on its way."""
    for stage in STAGES[:-1]:
        order_id = await scene.bring_to(stage)
        await scene.shop.send(CancelOrder(order_id))
        await scene.shop.settle()
        await _is_undone(scene, order_id)


async def _is_undone(scene: Scene, order_id: int) -> None:
    balance = await scene.balance(order_id)
    scene.see(balance == 0, f"{balance} won of a canceled order were kept", order_id)
    parcel = await scene.shop.stored("Delivery", order_id)
    scene.see(parcel is None or str(parcel.status) == "canceled", f"the courier still has {parcel}", order_id)


async def a_cancel_before_the_store_knows_is_remembered(scene: Scene) -> None:
    """The news of the payment is held up; the cancel overtakes it: the order is never taken."""
    shop = scene.shop
    shop.hold_back("payment")
    order_id = (await scene.place()).order_id
    await shop.send(CancelOrder(order_id))

    async def cancel_has_arrived() -> bool:
        # The events of order reach MyPage in the partition of those for the store.
        row = await shop.mypage(order_id)
        return row is not None and str(row.order_status) in {"canceling", "canceled"}

    await shop.until("the cancel has arrived", cancel_has_arrived)
    shop.let_go("payment")
    await shop.settle()
    await scene.refuses(TakeOrder(order_id), "it was canceled before the store knew of it")
    await shop.settle()
    await _is_undone(scene, order_id)
    await scene.stands_at(order_id, "canceled")


async def a_cancel_races_with_the_store(scene: Scene) -> None:
    """Cancel against take, pack and reject: whoever wins, money and parcels agree."""
    rivals: tuple[tuple[str, type[Command[None]]], ...] = (
        ("placed", TakeOrder),
        ("taken", PackOrder),
        ("placed", RejectOrder),
    )
    for stage, rival in rivals:
        for _ in range(RACES):
            order_id = await scene.bring_to(stage)
            accepted = await scene.race(CancelOrder(order_id), rival(order_id))  # type: ignore[call-arg]
            await scene.shop.settle()
            scene.see(accepted >= 1, f"neither the cancel nor {rival.__name__} was accepted", order_id)
            await scene.stands_at(order_id, "canceled", "rejected")
            await _is_undone(scene, order_id)


async def a_cancel_races_with_the_delivery(scene: Scene) -> None:
    """Cancel against hand-over: either the customer has the parcel and has paid, or neither."""
    for _ in range(2 * RACES):
        order_id = await scene.bring_to("shipping")
        await scene.race(CancelOrder(order_id), CompleteDelivery(order_id))
        await scene.shop.settle()
        parcel = await scene.shop.stored("Delivery", order_id)
        delivered = parcel is not None and str(parcel.status) == "completed"
        await scene.stands_at(order_id, "delivered" if delivered else "canceled")
        order = await scene.shop.stored("Order", order_id)
        wanted = int(order.price) if delivered else 0
        balance = await scene.balance(order_id)
        scene.see(balance == wanted, f"the customer paid {balance} won instead of {wanted}", order_id)


async def a_cancel_races_with_the_payment(scene: Scene) -> None:
    """Cancel against pay: an order that is canceled in the end is not paid for in the end."""
    for _ in range(RACES):
        order_id = await scene.bring_to("declined")
        await scene.race(CancelOrder(order_id), PayOrder(order_id))
        await scene.shop.settle()
        await scene.shop.advance(60.0)
        await scene.stands_at(order_id, "canceled")
        await _is_undone(scene, order_id)


async def a_refund_without_an_answer_is_made_sure_of(scene: Scene) -> None:
    """The provider loses the refund, then its answer: the money comes back, once."""
    order_id = await scene.bring_to("placed")
    scene.shop.provider.then(Mood.LOSES_REQUEST, Mood.LOSES_ANSWER)
    await scene.shop.send(CancelOrder(order_id))
    await scene.shop.settle()
    for _ in range(3):
        await scene.shop.advance(300.0)
    await scene.stands_at(order_id, "canceled")
    account = await scene.shop.account(order_id)
    scene.see(len(account.refunds) == 1, f"it was refunded {len(account.refunds)} times", order_id)


async def a_charge_that_comes_to_light_after_the_cancel_is_given_back(scene: Scene) -> None:
    """Charged without an answer, canceled, and only then known: all of it is given back."""
    provider = scene.shop.provider
    provider.then(Mood.LOSES_ANSWER)
    order_id = (await scene.place()).order_id
    await scene.shop.send(CancelOrder(order_id))
    await scene.shop.settle()
    await scene.shop.advance(60.0)
    await scene.is_charged(order_id, 1)
    await _is_undone(scene, order_id)
    await scene.stands_at(order_id, "canceled")


async def canceled_twice_over_the_wire_is_canceled_once(scene: Scene) -> None:
    """Every message about the cancel comes twice: one refund, one stopped parcel."""
    order_id = await scene.bring_to("shipping")
    await scene.shop.send(CancelOrder(order_id))
    await scene.shop.settle()
    await scene.shop.deliver_again()
    await scene.shop.settle()
    await _is_undone(scene, order_id)
    await scene.stands_at(order_id, "canceled")


CASES = (
    Case(
        requirement="F6",
        title="an order can be canceled until it is delivered",
        play=an_order_can_be_canceled_until_delivered,
    ),
    Case(requirement="F6", title="a canceled order is not canceled again", play=a_canceled_order_is_not_canceled_again),
    Case(requirement="F6", title="what is over cannot be canceled", play=what_is_over_cannot_be_canceled),
    Case(requirement="F6", title="a canceled order cannot go on", play=a_canceled_order_cannot_go_on),
    Case(requirement="F7", title="money and parcel come back, at every stage", play=money_and_parcel_come_back),
    Case(
        requirement="F7",
        title="a cancel that comes before the store knows the order is remembered",
        play=a_cancel_before_the_store_knows_is_remembered,
    ),
    Case(
        requirement="F7",
        title="a cancel races with take, pack and reject",
        play=a_cancel_races_with_the_store,
    ),
    Case(requirement="F7", title="a cancel races with the delivery", play=a_cancel_races_with_the_delivery),
    Case(requirement="F7", title="a cancel races with the payment", play=a_cancel_races_with_the_payment),
    Case(
        requirement="F7",
        title="a refund without an answer is made sure of",
        play=a_refund_without_an_answer_is_made_sure_of,
    ),
    Case(
        requirement="F7",
        title="a charge that comes to light after the cancel is given back",
        play=a_charge_that_comes_to_light_after_the_cancel_is_given_back,
    ),
    Case(
        requirement="F7",
        title="a cancel whose messages come twice happens once",
        play=canceled_twice_over_the_wire_is_canceled_once,
    ),
)
