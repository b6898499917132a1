"""F1 to F3: a customer orders and pays, and the paid order reaches the store."""

from __future__ import annotations

import asyncio

import attrs

from bookdelivery.adapters.clients.payment_provider import Mood
from bookdelivery.contexts.order.messages import PayOrder
from bookdelivery.contexts.ordermanagement.messages import TakeOrder
from bookdelivery.kernel.errors import InvalidField, Refused
from bookdelivery.requirements.functional.case import Case, Scene


async def a_paid_order_stands(scene: Scene) -> None:
    """Order and pay in one step."""
    wanted = scene.purchase()
    receipt = await scene.shop.send(wanted)
    scene.see(receipt.complete, "the order does not stand although it is paid", receipt.order_id)
    scene.see(receipt.price == wanted.purchase.price, f"the price is {receipt.price}", receipt.order_id)
    await scene.shop.settle()
    await scene.stands_at(receipt.order_id, "placed")
    await scene.is_charged(receipt.order_id, 1)


async def wrong_values_are_refused(scene: Scene) -> None:
    """Nothing of an order with a wrong value is kept or charged."""
    for field, value in (("qty", 0), ("qty", -1), ("item_price", -1), ("delivery_address", " "), ("customer_id", 0)):
        try:
            await scene.place(**{field: value})
        except InvalidField as error:
            scene.see(error.field in {field, "amount"}, f"{field} = {value!r} is refused because of {error.field}")
        else:
            scene.see(False, f"an order with {field} = {value!r} was accepted")
    await scene.shop.settle()
    scene.see(not await scene.shop.accounts(), "something was charged for an order that was refused")


async def the_same_order_sent_twice_is_one(scene: Scene) -> None:
    """A customer whose answer was lost asks again with the same id; another order cannot take that id."""
    order = scene.purchase(order_id=4_711, qty=1)
    first, second = await scene.shop.send(order), await scene.shop.send(order)
    scene.see(first == second, f"the same order was answered {first} and {second}", 4_711)
    await scene.refuses(attrs.evolve(order, qty=2), "another order has its id")
    await scene.shop.settle()
    await scene.is_charged(4_711, 1)


async def many_orders_at_once(scene: Scene) -> None:
    """Orders do not get into one another's way."""
    receipts = await asyncio.gather(*(scene.place() for _ in range(20)))
    scene.see(len({receipt.order_id for receipt in receipts}) == 20, "two orders have the same id")
    await scene.shop.settle()
    for receipt in receipts:
        await scene.stands_at(receipt.order_id, "placed")


async def a_declined_payment_can_be_made_again(scene: Scene) -> None:
    """A decline leaves the order payable."""
    order_id = await scene.bring_to("declined")
    await scene.is_charged(order_id, 0)
    receipt = await scene.shop.send(PayOrder(order_id))
    scene.see(receipt.complete, "the order does not stand although it was paid at the second attempt", order_id)
    await scene.shop.settle()
    await scene.stands_at(order_id, "placed")
    await scene.is_charged(order_id, 1)


async def an_unanswered_payment_is_made_later(scene: Scene) -> None:
    """The request is lost: the order waits, and the customer is told where and when to pay."""
    scene.shop.provider.then(Mood.LOSES_REQUEST)
    receipt = await scene.place()
    order_id = receipt.order_id
    scene.see(not receipt.complete, "the order was said to stand although nobody paid", order_id)
    scene.see(receipt.retry_after_s is not None, "the customer was not told when to pay", order_id)
    scene.see(receipt.pay_until is not None, "the customer was not told until when to pay", order_id)
    await scene.shop.settle()
    await scene.stands_at(order_id, "awaitingPayment")
    await scene.shop.send(PayOrder(order_id))
    await scene.shop.settle()
    await scene.stands_at(order_id, "placed")
    await scene.is_charged(order_id, 1)


async def a_lost_answer_completes_the_order_late(scene: Scene) -> None:
    """The money is taken, but the answer is lost: the order waits, then completes by itself, charged once."""
    scene.shop.provider.then(Mood.LOSES_ANSWER)
    receipt = await scene.place()
    scene.see(not receipt.complete, "the order was said to stand although nobody knew of its payment", receipt.order_id)
    await scene.shop.advance(60.0)
    await scene.stands_at(receipt.order_id, "placed")
    await scene.is_charged(receipt.order_id, 1)


async def paying_twice_charges_once(scene: Scene) -> None:
    """Two attempts at the same time are one payment; an order that is paid cannot be paid again."""
    order_id = await scene.bring_to("declined")
    await scene.race(PayOrder(order_id), PayOrder(order_id), PayOrder(order_id))
    await scene.shop.settle()
    await scene.stands_at(order_id, "placed")
    await scene.is_charged(order_id, 1)
    await scene.refuses(PayOrder(order_id), "it is paid")


async def an_unpaid_order_expires(scene: Scene) -> None:
    """Nobody pays in time: the order is over and cannot be paid any more."""
    order_id = await scene.bring_to("declined")
    await scene.shop.advance(2 * 3600.0)
    await scene.stands_at(order_id, "expired")
    await scene.refuses(PayOrder(order_id), "it has expired")
    scene.see(await scene.balance(order_id) == 0, "money was kept for an order that expired", order_id)


async def an_expired_order_gets_its_money_back(scene: Scene) -> None:
    """The provider charged and said nothing until after the order expired: all of it is given back."""
    provider = scene.shop.provider
    provider.mood = Mood.LOSES_ANSWER
    order_id = (await scene.place()).order_id
    await scene.shop.settle()
    await scene.shop.advance(2 * 3600.0)
    await scene.is_charged(order_id, 1)
    provider.mood = Mood.APPROVES
    await scene.shop.advance(3600.0)
    await scene.stands_at(order_id, "expired")
    scene.see(await scene.balance(order_id) == 0, "money was kept for an order that expired", order_id)


async def a_paid_order_reaches_the_store(scene: Scene) -> None:
    """The store has it on its list, with everything it needs."""
    wanted = scene.purchase()
    order_id = (await scene.shop.send(wanted)).order_id
    await scene.shop.settle()
    work = await scene.shop.stored("Ordermgmt", order_id)
    scene.see(work is not None and str(work.status) == "received", f"the store has {work}", order_id)
    scene.see(work is not None and work.purchase == wanted.purchase, "the store knows another purchase", order_id)


async def an_unpaid_order_does_not_reach_the_store(scene: Scene) -> None:
    """Neither a declined nor a waiting order is put on the list, and neither can be taken."""
    for stage in ("declined", "awaitingPayment"):
        order_id = await scene.bring_to(stage)
        scene.see(await scene.shop.stored("Ordermgmt", order_id) is None, f"the store has a {stage} order", order_id)
        await scene.refuses(TakeOrder(order_id), f"the order is {stage}", Refused)


async def an_order_that_arrives_twice_is_one(scene: Scene) -> None:
    """Every message comes twice: the store still has the order once, and it can be taken once."""
    order_id = await scene.bring_to("placed")
    await scene.shop.deliver_again()
    await scene.shop.settle()
    await scene.shop.send(TakeOrder(order_id))
    await scene.shop.deliver_again()
    await scene.shop.settle()
    await scene.stands_at(order_id, "taken")
    await scene.refuses(TakeOrder(order_id), "it is taken")


async def an_order_paid_while_the_store_is_unreachable_reaches_it_later(scene: Scene) -> None:
    """What payment states is held up: the order stands all the same, and reaches the store when it can."""
    scene.shop.hold_back("payment")
    order_id = (await scene.place()).order_id
    scene.see(await scene.shop.stored("Ordermgmt", order_id) is None, "the store knows what never reached it", order_id)
    scene.shop.let_go("payment")
    await scene.shop.settle()
    scene.see(await scene.shop.stored("Ordermgmt", order_id) is not None, "the order never reached the store", order_id)


CASES = (
    Case(requirement="F1", title="an order that is paid stands", play=a_paid_order_stands),
    Case(requirement="F1", title="wrong values are refused and leave nothing", play=wrong_values_are_refused),
    Case(requirement="F1", title="the same order sent twice is one", play=the_same_order_sent_twice_is_one),
    Case(requirement="F1", title="many orders at once", play=many_orders_at_once),
    Case(requirement="F2", title="a declined payment can be made again", play=a_declined_payment_can_be_made_again),
    Case(requirement="F2", title="an unanswered payment is made later", play=an_unanswered_payment_is_made_later),
    Case(
        requirement="F2",
        title="a payment whose answer is lost completes the order late",
        play=a_lost_answer_completes_the_order_late,
    ),
    Case(requirement="F2", title="paying twice charges once", play=paying_twice_charges_once),
    Case(requirement="F2", title="an unpaid order expires", play=an_unpaid_order_expires),
    Case(requirement="F2", title="an expired order gets its money back", play=an_expired_order_gets_its_money_back),
    Case(requirement="F3", title="a paid order reaches the store", play=a_paid_order_reaches_the_store),
    Case(
        requirement="F3",
        title="an unpaid order does not reach the store",
        play=an_unpaid_order_does_not_reach_the_store,
    ),
    Case(requirement="F3", title="an order that arrives twice is one", play=an_order_that_arrives_twice_is_one),
    Case(
        requirement="F3",
        title="what is held up on its way reaches the store later",
        play=an_order_paid_while_the_store_is_unreachable_reaches_it_later,
    ),
)
