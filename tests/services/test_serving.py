"""The bookstore as processes of its own, as the original system ran: started together, killed, and asked to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookdelivery.services.serving import PORTS
from tests.adapters.inbound.rest.serving import PURCHASE
from tests.services.processes import PATIENCE_S, Served, eventually, five_free_ports, run, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve, and see that nothing is left behind."""
    one = Served(tmp_path)
    try:
        for context, path in {"order": "/orders", "payment": "/payments", "mypage": "/myPages"}.items():
            eventually(lambda context=context, path=path: one.answers(context, path))  # type: ignore[misc]
        yield one
    finally:
        one.end()


@pytest.mark.slow
def test_an_order_goes_through_all_processes_and_a_killed_payment_only_puts_it_off(served: Served) -> None:
    placed = served.http.post(served.at("order", "/orders"), json=PURCHASE)
    assert (placed.status_code, placed.json()["orderStatus"]) == (201, "placed")
    eventually(lambda: served.answers("ordermanagement", "/ordermgmts/1"))
    for verb in ("take", "pack"):
        assert served.http.post(served.at("ordermanagement", f"/ordermgmts/1/{verb}")).is_success
    eventually(lambda: served.answers("delivery", "/deliveries/1"))
    eventually(
        lambda: served.http.get(served.at("mypage", "/myPages/1")).json().get("orderStatus") == "shipping",
    )

    os.kill(served.pid("payment"), signal.SIGKILL)
    put_off = served.http.post(served.at("order", "/orders"), json=PURCHASE)
    assert (put_off.status_code, put_off.json()["orderStatus"]) == (202, "awaitingPayment")
    eventually(lambda: served.answers("payment", "/payments"))
    eventually(lambda: served.http.post(f"{put_off.headers['location']}/pay").json().get("orderStatus") == "placed")
    assert "payment         | ended with status -9; starting it again" in served.log.read_text()

    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE_S) == 0
    assert not any(served.answers(context, "/") for context in PORTS)


@pytest.mark.slow
def test_a_second_one_on_the_same_ports_says_so_and_harms_nothing(served: Served) -> None:
    second = run(serving("all", "--first-port", str(served.first_port)), served.log.parent)
    assert second.returncode == 2
    assert f"127.0.0.1:{served.first_port}' is not an address that can be listened on" in second.stderr
    assert served.http.post(served.at("order", "/orders"), json=PURCHASE).status_code == 201


@pytest.mark.slow
def test_a_second_one_on_the_same_data_says_so_and_harms_nothing(served: Served) -> None:
    second = run(serving("all", "--first-port", str(five_free_ports())), served.log.parent)
    assert second.returncode == 2
    assert f"bookdelivery.db is served already, by process {served.process.pid}; stop that one" in second.stderr
    assert served.http.post(served.at("order", "/orders"), json=PURCHASE).status_code == 201


@pytest.mark.slow
def test_when_the_supervisor_is_killed_its_processes_end_in_order(served: Served) -> None:
    eventually(lambda: all(served.is_ready(context) for context in PORTS))
    served.process.kill()
    served.process.wait(PATIENCE_S)
    eventually(lambda: not any(served.answers(context, "/livez") for context in PORTS))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shipping"], "'shipping' is not all or one of order, ordermanagement, delivery, payment, mypage"),
        (["order", "--at.shop", "http://shop"], "'shop' is not one of"),
        (["order", "--at.payment", "payment:8084"], "'payment:8084' is not an address such as http://host:8084"),
        (["all", "--url", "memory://"], "'memory://' is not a place that several processes share"),
        (
            ["order", "--first-port", "70000"],
            "--http.first-port is '70000', but must be a whole number from 1 to 65535",
        ),
        (["order", "--host", "elsewhere.invalid"], "is not an address that can be listened on"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: list[str], words: str, tmp_path: Path) -> None:
    told = run(serving(*arguments), tmp_path)
    assert (told.returncode, words in told.stderr) == (2, True), told.stderr
