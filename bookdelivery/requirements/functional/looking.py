"""F8 and F9: the customer asks how an order stands, and sees every change."""

from __future__ import annotations

from bookdelivery.contexts.delivery.messages import CompleteDelivery
from bookdelivery.contexts.order.messages import CancelOrder, PayOrder
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.kernel.messages import Command
from bookdelivery.requirements.functional.case import STAGES, Case, Scene, shop_and_page


async def the_state_can_be_asked_for_at_every_stage(scene: Scene) -> None:
    """Wherever the order stands, MyPage has a row that says so, and says what was ordered."""
    for stage in STAGES:
        order_id = await scene.bring_to(stage)
        row, order = await scene.shop.mypage(order_id), await scene.shop.stored("Order", order_id)
        scene.see(row is not None, f"MyPage has no row for a {stage} order", order_id)
        if row is not None and order is not None:
            scene.see(row.purchase == order.purchase, "MyPage shows another purchase", order_id)


async def a_customer_sees_all_of_their_orders_and_no_others(scene: Scene) -> None:
    """MyPage is listed by customer."""
    wanted: dict[int, list[int]] = {1: [], 2: []}
    for _ in range(6):
        customer_id = scene.rng.choice((1, 2))
        wanted[customer_id].append((await scene.place(customer_id=customer_id)).order_id)
    await scene.shop.settle()
    for customer_id, order_ids in wanted.items():
        seen = [row.order_id for row in await scene.shop.mypages(customer_id)]
        scene.see(seen == order_ids, f"customer {customer_id} sees the orders {seen}, not {order_ids}")


async def an_unknown_order_has_no_page(scene: Scene) -> None:
    """Asking for what was never ordered gives nothing, and breaks nothing."""
    scene.see(await scene.shop.mypage(9_999) is None, "MyPage has a row for an order that nobody placed")


async def every_change_is_seen(scene: Scene) -> None:
    """After each step of a whole life, from a declined payment to the hand-over, MyPage shows it."""
    order_id = await scene.bring_to("declined")
    steps: tuple[tuple[Command[object], str], ...] = (
        (PayOrder(order_id), "placed"),
        (TakeOrder(order_id), "taken"),
        (PackOrder(order_id), "shipping"),
        (CompleteDelivery(order_id), "delivered"),
    )
    for command, stage in steps:
        await scene.shop.send(command)
        await scene.shop.settle()
        await scene.stands_at(order_id, stage)


async def the_undoing_is_seen(scene: Scene) -> None:
    """A cancel and what was given back are shown."""
    order_id = await scene.bring_to("shipping")
    await scene.shop.send(CancelOrder(order_id))
    await scene.shop.settle()
    await scene.stands_at(order_id, "canceled")
    row, order = await scene.shop.mypage(order_id), await scene.shop.stored("Order", order_id)
    refunded = None if row is None else row.refunded
    scene.see(refunded == int(order.price), f"MyPage shows a refund of {refunded} won, not {order.price}", order_id)


async def news_out_of_order_come_to_the_same(scene: Scene) -> None:
    """What payment states arrives after everything else: MyPage ends up the same."""
    shop = scene.shop
    order_id = await scene.bring_to("declined")
    shop.hold_back("payment")
    await shop.send(PayOrder(order_id))

    async def order_has_spoken() -> bool:
        return (await shop_and_page(shop, order_id))[1] == "placed"

    await shop.until("the news of order have arrived", order_has_spoken)
    shop.let_go("payment")
    await shop.settle()
    await scene.stands_at(order_id, "placed")
    await shop.deliver_again()
    await shop.settle()
    await scene.stands_at(order_id, "placed")


async def mypage_can_be_folded_anew(scene: Scene) -> None:
    """Thrown away and folded anew from the logs, MyPage is what it was."""
    order_ids = [await scene.bring_to(stage) for stage in STAGES]
    before = [await scene.shop.mypage(order_id) for order_id in order_ids]
    await scene.shop.rebuild_mypage()
    after = [await scene.shop.mypage(order_id) for order_id in order_ids]
    for order_id, old, new in zip(order_ids, before, after, strict=True):
        scene.see(old == new, f"MyPage folded anew shows {new}, not {old}", order_id)


CASES = (
    Case(
        requirement="F8",
        title="the state can be asked for at every stage",
        play=the_state_can_be_asked_for_at_every_stage,
    ),
    Case(
        requirement="F8",
        title="customers see all of their orders and no others",
        play=a_customer_sees_all_of_their_orders_and_no_others,
    ),
    Case(requirement="F8", title="an unknown order has no page", play=an_unknown_order_has_no_page),
    Case(requirement="F9", title="every change is seen", play=every_change_is_seen),
    Case(requirement="F9", title="a cancel and its refund are seen", play=the_undoing_is_seen),
    Case(requirement="F9", title="news out of order come to the same", play=news_out_of_order_come_to_the_same),
    Case(requirement="F9", title="MyPage can be folded anew", play=mypage_can_be_folded_anew),
)
