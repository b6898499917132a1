"""Tables that are put together from several sources when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bookdelivery.simulation.provider import Entry
from bookdelivery.simulation.recording import Recording
from bookdelivery.simulation.tables import Table, text

Ids = npt.NDArray[np.int64]

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


def messages_frame(recording: Recording) -> pd.DataFrame:
    """Make the table of messages: who listens to which event, and when each handled it."""
    log = recording.log
    kept = log.kept_rows()
    events = log.stated(kept)
    nothing: list[Any] = [np.empty(0, dtype="int64")]
    rows, places, consumers = nothing.copy(), nothing.copy(), [np.empty(0, dtype=object)]
    types = events["type"].to_numpy(dtype=object)
    for name, subscribers in log.subscribers.items():
        of_type = np.flatnonzero(types == name)
        for place, consumer in enumerate(subscribers):
            rows.append(of_type)
            places.append(np.full(len(of_type), place))
            consumers.append(np.full(len(of_type), consumer, dtype=object))
    row = np.concatenate(rows)
    order = np.lexsort([np.concatenate(places), row])
    row, listeners = row[order], np.concatenate(consumers)[order]
    listening = pd.DataFrame({"row": kept[row], "consumer": text(listeners)})
    first = log.handlings_frame().drop_duplicates(["row", "consumer"])
    consumed_s = listening.merge(first, on=["row", "consumer"], how="left")["handled_s"].to_numpy("float64")
    frame = events[["type", "order_id", "source"]].iloc[row].reset_index(drop=True)
    frame.insert(0, "message_id", log.message_ids(kept[row]))
    frame["context"] = text([name.partition(".")[0] for name in listeners])
    frame["consumer"] = listening["consumer"]
    frame["published_s"] = log.published_s(kept[row])
    frame["consumed_s"] = consumed_s
    frame["lag_s"] = consumed_s - frame["published_s"]
    return frame


def totals_frame(recording: Recording) -> pd.DataFrame:
    """Make the table of totals: exact sums over all rows, kept or not."""
    recording.operations.flush()
    recording.calls.flush()
    recording.log.flush()
    rows = [("operations", *key, *sums) for key, *sums in recording.operation_totals.rows()]
    rows += [("calls", *key, *sums) for key, *sums in recording.call_totals.rows()]
    rows += [
        ("messages", str(consumer).partition(".")[0], consumer, "handled", *sums)
        for (consumer,), *sums in recording.log.lags.rows()
    ]
    kinds = {"table": "str", "context": "str", "what": "str", "outcome": "str"}
    numbers = {"rows": "int64", "mean_s": "float64", "longest_s": "float64"}
    return pd.DataFrame(rows, columns=[*kinds, *numbers]).astype({**kinds, **numbers})


def views_frame(recording: Recording) -> pd.DataFrame:
    """Make the table of what views showed, and when."""
    handlings = recording.log.handlings_frame()
    folds = handlings[handlings["consumer"].isin(recording.views)]
    event = recording.log.stated(folds["row"].to_numpy())
    shown_s = folds["handled_s"].to_numpy()
    return pd.DataFrame(
        {
            "order_id": event["order_id"],
            "type": event["type"],
            "event_time_s": event["time_s"],
            "shown_s": shown_s,
            "staleness_s": shown_s - event["time_s"],
        }
    )


def orders_frame(
    requests: pd.DataFrame,
    events: Iterable[pd.DataFrame],
    records: Mapping[str, Mapping[str, Sequence[Any]]],
    ledger: Sequence[Entry],
) -> pd.DataFrame:
    """Make the table of orders, from what customers asked for, what was stated, and what the shop knows at the end.

    Args:
        requests: see `bookdelivery.simulation.columns`.
        events: part by part, with at least time_s, type and order_id.
        records: the shop's, by context and kind.
        ledger: the payment provider's.
    """
    # One source after the other, and no copy at the end: a million orders in such a table take 0.15 GB.
    placed, kept = _placed(requests), _kept(records.get("order", {}).get("Order", ()))
    ids = np.union1d(placed.index, kept.index).astype("int64")
    arrived_s, answer = placed["arrived_s"].reindex(ids).array, placed["outcome"].reindex(ids, fill_value="").array
    del placed
    status = kept["status"].reindex(ids, fill_value="").array
    customer_id, price_won = (kept[name].reindex(ids, fill_value=0).array for name in ("customer_id", "price_won"))
    del kept
    shown = _shown(records.get("mypage", {}).get("MyPageRow", ()))["status"].reindex(ids, fill_value="").array
    charged_won, refunded_won = _paid(ids, ledger)
    columns = {
        "order_id": ids,
        "customer_id": customer_id,
        "arrived_s": arrived_s,
        "answer": answer,
        "status": status,
        "mypage_status": shown,
        "price_won": price_won,
        "charged_won": charged_won,
        "refunded_won": refunded_won,
        **_firsts(ids, events),
    }
    return pd.DataFrame(columns, copy=False)


def _placed(requests: pd.DataFrame) -> pd.DataFrame:
    """Give when each order was asked for first, and how that ended, by the order's id."""
    asked = np.flatnonzero(requests["kind"] == "place")
    ids, arrived_s = (requests[name].to_numpy()[asked] for name in ("order_id", "arrived_s"))
    order = np.lexsort((arrived_s, ids))
    unique, first = np.unique(ids[order], return_index=True)
    rows = asked[order[first]]
    return requests[["arrived_s", "outcome"]].take(rows).set_axis(unique)


def _paid(ids: Ids, ledger: Sequence[Entry]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give what was charged for each order, and what was given back, in won."""
    lines = ((int(entry.key), entry.amount_won, entry.kind == "charged") for entry in ledger)
    read = np.fromiter(lines, dtype=[("order_id", "int64"), ("won", "int64"), ("is_charge", "bool")])
    places = _places(read["order_id"], ids)
    charged, refunded = np.zeros(len(ids), dtype="int64"), np.zeros(len(ids), dtype="int64")
    for sums, is_charge in ((charged, True), (refunded, False)):
        meant = (places >= 0) & (read["is_charge"] == is_charge)
        np.add.at(sums, places[meant], read["won"][meant])
    return charged, refunded


def _firsts(ids: Ids, events: Iterable[pd.DataFrame]) -> dict[str, npt.NDArray[np.float64]]:
    """Give when each of the `MOMENTS` came first for each order, nan if it never did."""
    firsts = {column: np.full(len(ids), np.inf) for column in MOMENTS}
    # By hand: to group and to reindex takes pandas longer than a small run's whole simulation.
    for part in events:
        types, names = pd.factorize(part["type"])
        code = {name: number for number, name in enumerate(names)}
        places, times_s = _places(part["order_id"].to_numpy("int64"), ids), part["time_s"].to_numpy("float64")
        for column, event in MOMENTS.items():
            stated = (types == code.get(event, -2)) & (places >= 0)
            np.minimum.at(firsts[column], places[stated], times_s[stated])
    for first_s in firsts.values():
        first_s[np.isinf(first_s)] = np.nan
    return firsts


def _places(wanted: Ids, ids: Ids) -> npt.NDArray[np.int64]:
    """Give the place of each wanted id among ids in ascending order, -1 where it is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, dtype="int64")
    places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[places] == wanted, places, -1)


def _kept(orders: Iterable[Any]) -> pd.DataFrame:
    table = Table({"order_id": "id", "customer_id": "id", "price_won": "id", "status": "word"})
    for order in orders:
        purchase = order.purchase
        table.add((order.order_id, purchase.customer_id, purchase.price.amount, str(order.status)))
    return table.frame().set_index("order_id")


def _shown(rows: Iterable[Any]) -> pd.DataFrame:
    table = Table({"order_id": "id", "status": "word"})
    for row in rows:
        table.add((row.order_id, str(row.order_status or "")))
    return table.frame().set_index("order_id")
