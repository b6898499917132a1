"""A service in TypeScript takes part by the published contracts alone: told once, followed once, also when it dies."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bookdelivery import Bookstore, PackOrder, PlaceOrder, TakeOrder
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.design.contracts.consumers import read_expectations, unmet
from bookdelivery.design.contracts.fitting import misfits
from bookdelivery.kernel.wire_schema import schema_of
from examples.polyglot import POLYGLOT
from examples.polyglot.contact import Contact
from examples.polyglot.messages import CustomerNotified, Occasion
from tests.adapters.brokers.topics import kafka_topic
from tests.contexts.samples import PURCHASE
from tests.missing import missing

PATIENCE_S = 200.0
HERE = [context.name for context in POLYGLOT.contexts if context.name != "notification"]


# --- contracts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def example(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "examples/polyglot"


def test_the_python_event_is_what_its_team_publishes(example: Path) -> None:
    published = json.loads((example / "contract/CustomerNotified.json").read_text(encoding="utf-8"))
    here = schema_of(CustomerNotified)
    assert [*misfits(here, published), *misfits(published, here)] == []


def test_what_the_service_counts_on_is_published(example: Path, pytestconfig: pytest.Config) -> None:
    published = json.loads((pytestconfig.rootpath / "docs/contracts/schemas.json").read_text(encoding="utf-8"))
    expected = read_expectations(json.loads((example / "expects.json").read_text(encoding="utf-8")), "expects.json")
    assert {one.event for one in expected} == {"OrderTaken", "DeliveryStarted"}
    assert unmet(expected, published) == []


def test_the_lock_file_names_no_place_to_download_from(example: Path) -> None:
    lock = json.loads((example / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"]["node_modules/kafkajs"]["integrity"]
    assert not any("resolved" in package for package in lock["packages"].values())


# --- the real thing ---------------------------------------------------------------------------------------------------


class Service:
    """The notification service as a process."""

    def __init__(self, folder: Path, contracts: Path, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self.notices = folder / "notices.ndjson"
        self.log = folder / "log"
        self._folder = folder
        self._environment = {
            **os.environ,
            "CONTRACTS": str(contracts),
            "KAFKA_BROKERS": parts.netloc,
            "KAFKA_TOPIC": parts.path.strip("/"),
            "KAFKA_GROUP": f"notification-{parts.path.strip('/')}",
            "NOTICES": str(self.notices),
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                ["node", "built/main.js"], cwd=self._folder, env=self._environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def told(self) -> Counter[tuple[str, int]]:
        """Count the notices, by occasion and order."""
        if not self.notices.exists():
            return Counter()
        lines = self.notices.read_text(encoding="utf-8").splitlines()
        notices: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("}")]
        return Counter((notice["of"], notice["orderId"]) for notice in notices)


@pytest.fixture
def service_folder(example: Path, tmp_path: Path) -> Path:
    """Install and compile the service, apart from the working tree."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("node and npm are not installed")
    folder = tmp_path / "service"
    folder.mkdir()
    for name in ("package.json", "package-lock.json", "tsconfig.json", ".npmrc"):
        shutil.copy(example / name, folder)
    for name in ("src", "contract"):
        shutil.copytree(example / name, folder / name)
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


async def order_and_pack(shop: Bookstore) -> int:
    placed = await shop.send(PlaceOrder(**{name: getattr(PURCHASE, name) for name in _names(Purchase)}))
    await shop.settle(PATIENCE_S)
    await shop.send(TakeOrder(placed.order_id))
    await shop.send(PackOrder(placed.order_id))
    return placed.order_id


def _names(kind: Any) -> list[str]:
    return [field.name for field in kind.__attrs_attrs__]


@pytest.mark.services
@pytest.mark.timeout(900)
def test_each_customer_is_told_once_and_python_hears_of_it_once_though_the_service_dies(
    service_folder: Path, pytestconfig: pytest.Config, tmp_path: Path
) -> None:
    async def body(broker_url: str) -> None:
        service = Service(service_folder, pytestconfig.rootpath / "docs/contracts", broker_url)
        shop = Bookstore.open(
            f"sqlite:///{tmp_path}/shop.db",
            broker_url=broker_url,
            system=POLYGLOT,
            only=HERE,
            provider=EmbeddedPaymentProvider(),
        )
        async with asyncio.timeout(PATIENCE_S), shop:
            first = [await order_and_pack(shop) for _ in range(3)]
            with service.running() as process:
                while not service.told():
                    assert process.poll() is None, service.log.read_text(encoding="utf-8")
                    await asyncio.sleep(0.05)
            # Killed at some point of its work; what it missed and what is new it hears after the restart.
            second = [await order_and_pack(shop) for _ in range(2)]
            wanted = Counter({(occasion.value, order_id): 1 for occasion in Occasion for order_id in (*first, *second)})
            with service.running() as process:
                while service.told().keys() != wanted.keys() or not await _noted(shop, (*first, *second)):
                    assert process.poll() is None, service.log.read_text(encoding="utf-8")
                    await asyncio.sleep(0.1)
                process.terminate()
                assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0
            await shop.settle(PATIENCE_S)
            assert service.told() == wanted
            for order_id in (*first, *second):
                assert sorted(await _notices(shop, order_id)) == sorted(Occasion)

    with kafka_topic(partitions=3) as url:
        asyncio.run(body(url))


async def _noted(shop: Bookstore, orders: tuple[int, ...]) -> bool:
    return all([len(await _notices(shop, order_id)) == len(Occasion) for order_id in orders])


async def _notices(shop: Bookstore, order_id: int) -> tuple[Occasion, ...]:
    record = await shop.services["contact"].read(Contact, order_id)
    return () if record is None else record.state.notices  # type: ignore[attr-defined]
