"""Tables that are put together from several sources when somebody asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bookdelivery.simulation.provider import Entry
from bookdelivery.simulation.recording import Recording
from bookdelivery.simulation.tables import text

MOMENTS = {
    "placed_s": "OrderPlaced",
    "deferred_s": "PaymentDeferred",
    "paid_s": "PayApproved",
    "taken_s": "OrderTaken",
    "packed_s": "OrderPacked",
    "shipping_s": "DeliveryStarted",
    "delivered_s": "DeliveryCompleted",
    "rejected_s": "OrderRejected",
    "canceled_s": "OrderCanceled",
    "expired_s": "OrderExpired",
    "refunded_s": "PayCanceled",
}
"""The columns of `orders` that say when something happened to an order first, and the event that states it."""


def events_frame(recording: Recording) -> pd.DataFrame:
    """Make the table of events, one row each, in the order of commits.

    Columns: time_s, when it was decided; type; source, the context that stated it; order_id, its correlation key;
    message_id; correlation_id; causation_id ("" for none); published_s, when the broker first had it (nan: never).
    """
    events = recording.events
    return pd.DataFrame(
        {
            "time_s": np.array([event.time for event in events], dtype="float64"),
            "type": text([event.type for event in events]),
            "source": text([event.source for event in events]),
            "order_id": np.array([event.key for event in events], dtype="int64"),
            "message_id": text([event.id for event in events]),
            "correlation_id": text([event.correlation_id for event in events]),
            "causation_id": text([event.causation_id or "" for event in events]),
            "published_s": np.array(recording.published_s),
        }
    )


def views_frame(recording: Recording) -> pd.DataFrame:
    """Make the table of what views showed: one row for each event that was folded into a row, in the order of folds.

    Columns: order_id, the row's key; type, the event's; event_time_s, when the event was decided; shown_s, when the row
    that shows it was committed; staleness_s between the two.
    """
    events = [recording.events[row] for row in recording.shown_rows]
    times = np.array([event.time for event in events], dtype="float64")
    shown = np.array(recording.shown_s)
    return pd.DataFrame(
        {
            "order_id": np.array([event.key for event in events], dtype="int64"),
            "type": text([event.type for event in events]),
            "event_time_s": times,
            "shown_s": shown,
            "staleness_s": shown - times,
        }
    )


def orders_frame(
    requests: pd.DataFrame,
    events: pd.DataFrame,
    records: Mapping[str, Mapping[str, Sequence[Any]]],
    ledger: Sequence[Entry],
) -> pd.DataFrame:
    """Make the table of orders: one row for each that a customer tried to place, by ascending id.

    Columns: order_id; customer_id (0: the shop never knew it); arrived_s, when the customer first sent it; answer, the
    outcome of that request; status in the order context at the end ("" where it is unknown there); mypage_status, the
    same on MyPage; price_won; charged_won and refunded_won in the payment provider's ledger; the times of `MOMENTS`.
    """
    placing = requests.loc[requests["kind"] == "place"].sort_values("arrived_s", kind="stable")
    placing = placing.drop_duplicates("order_id").set_index("order_id")
    kept = {order.order_id: order for order in records.get("order", {}).get("Order", ())}
    shown = {row.order_id: row for row in records.get("mypage", {}).get("MyPageRow", ())}
    index = pd.Index(sorted({*placing.index, *kept}), name="order_id", dtype="int64")
    ids = index.tolist()
    frame = pd.DataFrame(index=index)
    frame["customer_id"] = [kept[id].purchase.customer_id if id in kept else 0 for id in ids]
    frame["arrived_s"] = placing["arrived_s"].reindex(index).to_numpy("float64")
    frame["answer"] = text(placing["outcome"].reindex(index, fill_value="").tolist()).set_axis(index)
    frame["status"] = text([str(kept[id].status) if id in kept else "" for id in ids]).set_axis(index)
    mypage = [str(shown[id].order_status or "") if id in shown else "" for id in ids]
    frame["mypage_status"] = text(mypage).set_axis(index)
    frame["price_won"] = [kept[id].purchase.price.amount if id in kept else 0 for id in ids]
    for column, kind in (("charged_won", "charged"), ("refunded_won", "refunded")):
        total = dict.fromkeys(ids, 0)
        for entry in ledger:
            if entry.kind == kind and int(entry.key) in total:
                total[int(entry.key)] += entry.amount_won
        frame[column] = list(total.values())
    first = events.groupby(["type", "order_id"], sort=False)["time_s"].min()
    for column, event in MOMENTS.items():
        times = first[event] if event in first.index.get_level_values(0) else pd.Series(dtype="float64")
        frame[column] = times.reindex(index).to_numpy("float64")
    whole = dict.fromkeys(("customer_id", "price_won", "charged_won", "refunded_won"), "int64")
    return frame.reset_index().astype(whole)
