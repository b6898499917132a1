"""F4 and F5: the shopkeeper takes and packs, the courier delivers."""

from __future__ import annotations

from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.ordermanagement.messages import PackOrder, RejectOrder, TakeOrder
from bookdelivery.requirements.functional.case import Case, Scene


async def an_order_is_taken_then_packed(scene: Scene) -> None:
    """In this order only, each once."""
    order_id = await scene.bring_to("placed")
    await scene.refuses(PackOrder(order_id), "it is not taken yet")
    await scene.shop.send(TakeOrder(order_id))
    await scene.shop.settle()
    await scene.stands_at(order_id, "taken")
    await scene.refuses(TakeOrder(order_id), "it is taken")
    await scene.shop.send(PackOrder(order_id))
    await scene.refuses(PackOrder(order_id), "it is packed")
    await scene.shop.settle()
    await scene.stands_at(order_id, "packed", "shipping")


async def an_unknown_order_cannot_be_taken(scene: Scene) -> None:
    """Nobody works on what was never ordered."""
    await scene.refuses(TakeOrder(9_999), "nobody ordered it")
    await scene.refuses(PackOrder(9_999), "nobody ordered it")


async def a_rejected_order_gets_its_money_back(scene: Scene) -> None:
    """The store turns an order down, before or after taking it; its customer sees that and why."""
    for stage in ("placed", "taken"):
        order_id = await scene.bring_to(stage)
        await scene.shop.send(RejectOrder(order_id, "the last copy is damaged"))
        await scene.shop.settle()
        await scene.stands_at(order_id, "rejected")
        scene.see(await scene.balance(order_id) == 0, "the money of a rejected order was kept", order_id)
        row = await scene.shop.mypage(order_id)
        reason = None if row is None else row.reason
        scene.see(reason == "the last copy is damaged", f"MyPage gives {reason!r} as the reason", order_id)
        await scene.refuses(PackOrder(order_id), "it was rejected")


async def a_packed_order_is_not_rejected(scene: Scene) -> None:
    """Once packed, an order is only stopped by a cancel."""
    order_id = await scene.bring_to("shipping")
    await scene.refuses(RejectOrder(order_id), "it is packed")


async def packing_starts_the_delivery(scene: Scene) -> None:
    """The courier gets the parcel, with its address, and brings it."""
    order_id = await scene.bring_to("shipping")
    parcel, order = await scene.shop.stored("Delivery", order_id), await scene.shop.stored("Order", order_id)
    scene.see(parcel is not None and str(parcel.status) == "started", f"the courier has {parcel}", order_id)
    if parcel is not None and order is not None:
        scene.see(parcel.purchase == order.purchase, "the courier brings something else", order_id)
    await scene.shop.send(CompleteDelivery(order_id))
    await scene.shop.settle()
    await scene.stands_at(order_id, "delivered")


async def nothing_is_sent_that_is_not_packed(scene: Scene) -> None:
    """There is no parcel before the shopkeeper packed one."""
    for stage in ("placed", "taken"):
        order_id = await scene.bring_to(stage)
        scene.see(await scene.shop.stored("Delivery", order_id) is None, f"a parcel of a {stage} order", order_id)
        await scene.refuses(CompleteDelivery(order_id), f"the order is only {stage}")


async def packed_twice_is_sent_once(scene: Scene) -> None:
    """The news of the packing comes again and again, also after the delivery: there is one parcel."""
    order_id = await scene.bring_to("shipping")
    await scene.shop.deliver_again()
    await scene.shop.settle()
    await scene.shop.send(CompleteDelivery(order_id))
    await scene.shop.deliver_again()
    await scene.shop.settle()
    await scene.stands_at(order_id, "delivered")
    await scene.refuses(CompleteDelivery(order_id), "it is delivered")


CASES = (
    Case(requirement="F4", title="an order is taken, then packed", play=an_order_is_taken_then_packed),
    Case(requirement="F4", title="an unknown order cannot be taken", play=an_unknown_order_cannot_be_taken),
    Case(requirement="F4", title="a rejected order gets its money back", play=a_rejected_order_gets_its_money_back),
    Case(requirement="F4", title="a packed order is not rejected", play=a_packed_order_is_not_rejected),
    Case(requirement="F5", title="packing starts the delivery", play=packing_starts_the_delivery),
    Case(requirement="F5", title="nothing is sent that is not packed", play=nothing_is_sent_that_is_not_packed),
    Case(requirement="F5", title="packed twice is sent once", play=packed_twice_is_sent_once),
)
