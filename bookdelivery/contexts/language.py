"""The bookstore's language: what the business says, in Korean, for each thing that has a name in the code.

Things stand by their code name, fields by their name on the wire, states by their value there. `why not X` is why the
event X was rejected, `about X` the open question about X. A context of your own brings such a mapping of its own
(`Context.language`).
"""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS = {
    "PlaceOrder": "주문하기",
    "PayOrder": "주문 결제하기",
    "CancelOrder": "주문 취소",
    "ExpireOrder": "주문 만료",
    "CompleteOrder": "주문 성립",
    "FollowOrder": "주문 진행 반영",
    "Pay": "결제하기",
    "SettlePayment": "결제 결과 확인",
    "CancelPay": "결제 취소",
    "TakeOrderInfo": "주문정보 받기",
    "TakeOrder": "주문 접수",
    "PackOrder": "도서 포장",
    "RejectOrder": "주문 거절",
    "CancelOrderTaking": "접수 취소",
    "StartDelivery": "배송 시작",
    "CompleteDelivery": "배송 완료",
    "CancelDelivery": "배송 취소",
}

EVENTS = {
    "OrderPlaced": "주문됨",
    "PaymentDeferred": "결제 보류됨",
    "OrderCanceled": "주문 취소됨",
    "OrderExpired": "주문 만료됨",
    "PayApproved": "결제 승인됨",
    "PayDeclined": "결제 거절됨",
    "PayCanceled": "결제 취소됨",
    "OrderTaken": "주문 접수됨",
    "OrderPacked": "포장됨",
    "OrderRejected": "주문 거절됨",
    "CancelOrderTaken": "접수 취소됨",
    "DeliveryStarted": "배송 시작됨",
    "DeliveryCompleted": "배송 완료됨",
    "DeliveryCanceled": "배송 취소됨",
}

REJECTED_EVENTS = {
    "OrderStatusUpdated": "주문 상태 변경됨",
    "why not OrderStatusUpdated": "다른 컨텍스트의 사실에 대한 반응일 뿐이며, 관심 있는 쪽은 그 사실을 직접 구독한다",
    "OrderPassedToStore": "주문이 서점에 전달됨",
    "why not OrderPassedToStore": "결제 승인됨에 대한 반응일 뿐이며, 서점 밖에서는 아무도 관심이 없다",
    "MyPageLookedAt": "마이페이지 조회됨",
    "why not MyPageLookedAt": "업무상의 사실이 아니며, 반응할 사람이 없다",
}

AGGREGATES_AND_VIEWS = {
    "Order": "주문",
    "Payment": "결제",
    "Ordermgmt": "주문관리",
    "Delivery": "배송",
    "mypage": "마이페이지",
}

POLICIES = {
    "complete the order": "주문을 완료한다",
    "show it taken": "접수됨으로 표시한다",
    "show it packed": "포장됨으로 표시한다",
    "show it rejected": "거절됨으로 표시한다",
    "show it shipping": "배송 중으로 표시한다",
    "show it delivered": "배송 완료로 표시한다",
    "show it called off": "매장이 취소했음을 표시한다",
    "show it settled": "정산됨으로 표시한다",
    "when Order.payUntil has come": "결제 기한이 되면",
    "refund unless packed": "포장 전이면 환불한다",
    "refund stopped delivery": "멈춘 배송을 환불한다",
    "refund rejected order": "거절된 주문을 환불한다",
    "when Payment.settleAt has come": "결제를 확인할 때가 되면",
    "take the order's info": "주문정보를 받는다",
    "stop a canceled order": "취소된 주문을 멈춘다",
    "stop an expired order": "만료된 주문을 멈춘다",
    "start the delivery": "배송을 시작한다",
    "stop the delivery": "배송을 멈춘다",
    "take paid orders on": "결제된 주문을 접수한다",
    "pack what was taken on": "접수된 주문을 포장한다",
    "bring the parcel": "배송지로 가져간다",
}

SYSTEMS = {
    "catalog": "도서 목록",
    "payment provider": "결제대행사",
}

FIELDS = {
    "orderId": "주문 번호",
    "customerId": "고객 번호",
    "customerName": "고객명",
    "itemId": "도서 번호",
    "itemName": "도서명",
    "qty": "수량",
    "itemPrice": "도서 가격",
    "deliveryAddress": "배송지 주소",
    "deliveryPhoneNumber": "배송 연락처",
    "orderStatus": "주문 상태",
    "price": "결제할 금액",
    "retryAfterS": "다시 결제하기까지의 초",
    "payUntil": "결제 기한",
    "step": "진행 단계",
    "paymentId": "결제 번호",
    "amount": "결제 금액",
    "refunded": "환불 금액",
    "reason": "사유",
    "orderMgmtId": "주문관리 번호",
    "packed": "포장 여부",
    "deliveryId": "배송 번호",
}

STATES = {
    "awaitingPayment": "결제 대기",
    "declined": "결제 거절됨",
    "placed": "주문됨",
    "taken": "접수됨",
    "packed": "포장됨",
    "shipping": "배송 중",
    "delivered": "배송 완료",
    "rejected": "거절됨",
    "canceling": "취소 중",
    "canceled": "취소됨",
    "expired": "만료됨",
    "requested": "요청됨",
    "approved": "승인됨",
    "refunding": "환불 중",
    "received": "받음",
    "started": "배송 시작됨",
    "completed": "배송 완료됨",
}

ORGANISATION = {
    "order team": "주문팀",
    "store team": "서점팀",
    "payment team": "결제팀",
    "delivery team": "배송팀",
    "front end": "프론트엔드팀",
    "back end": "백엔드팀",
    "databases": "데이터베이스팀",
    "less than weekly": "주 1회 미만",
    "less than monthly": "월 1회 미만",
    "weekly or more often": "주 1회 이상",
    "its own pace": "독자 주기",
    "with order": "주문과 함께",
}

FALLBACKS = {
    "the order waits for its payment, and the customer is led to pay a little later": (
        "주문은 결제를 기다리고, 고객은 잠시 후 결제하도록 유도된다"
    ),
}

QUESTIONS = {
    "about Catalog": "가격은 누가 책임지는가: 도서 목록인가, 주문을 보낸 쪽인가?",
    "about SettlePayment": "결제대행사의 응답이 얼마나 없으면 사람이 나서는가?",
    "about RejectOrder": "서점이 주문의 일부만 거절할 수 있는가?",
    "about CompleteDelivery": "배송 중 분실은 누가 알리는가?",
    "about mypage": "끝난 주문의 행은 얼마나 보관하는가?",
}

LANGUAGE: Mapping[str, str] = {
    **COMMANDS,
    **EVENTS,
    **REJECTED_EVENTS,
    **AGGREGATES_AND_VIEWS,
    **POLICIES,
    **SYSTEMS,
    **FIELDS,
    **STATES,
    **ORGANISATION,
    **FALLBACKS,
    **QUESTIONS,
}
"""All of it."""
