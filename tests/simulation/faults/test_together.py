"""Faults compose: all at once, twice the same, and every order still comes to its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bookdelivery.simulation import Result
from bookdelivery.simulation.faults import (
    BrokerDown,
    ClockSkew,
    Crash,
    Delay,
    Duplication,
    ErrorRate,
    LostAnswers,
    Outage,
    Partition,
    ProviderTrouble,
    RandomOutages,
    Reordering,
    SlowDown,
    StoreDown,
)
from tests.simulation.faults.small import run_with
from tests.simulation.worlds import assert_all_is_well, fingerprint

EVERYTHING = (
    Partition("order", "payment", at=2.0, lasts=4.0),
    Partition("mypage", "broker", at=4.0, lasts=4.0),
    BrokerDown(at=9.0, lasts=3.0),
    StoreDown("mypage", at=11.0, lasts=4.0),
    StoreDown("order", at=14.0, lasts=2.0),
    ErrorRate("order", probability=0.2, at=16.0, lasts=5.0),
    Outage("ordermanagement", at=18.0, lasts=4.0),
    RandomOutages("delivery", time_between_s=8.0, time_to_repair_s=2.0),
    SlowDown("payment", at=20.0, lasts=5.0, factor=5.0),
    LostAnswers("customers", "order", probability=0.1),
    Duplication(probability=0.2, by_s=0.5),
    Delay(by_s=0.5, probability=0.2),
    Reordering(by_s=1.0),
    ClockSkew("delivery", by_s=-2.0, at=10.0, lasts=10.0),
    ProviderTrouble(at=22.0, lasts=4.0, slower=5.0, silent_after=0.2),
    Crash("payment", at=25.0),
)


def everything() -> Result:
    return run_with(*EVERYTHING)


def hash_of_everything() -> str:
    return fingerprint(everything())


def test_with_all_faults_at_once_no_order_is_lost_and_money_agrees_with_every_end() -> None:
    result = everything()
    assert_all_is_well(result)
    assert set(result.faults["label"]) == {fault.label for fault in EVERYTHING}


@pytest.mark.slow
def test_with_all_faults_at_once_the_same_seed_gives_the_same_bytes_in_any_process() -> None:
    program = "from tests.simulation.faults.test_together import *; print(hash_of_everything())"
    root = Path(__file__).parents[3]
    hashes = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert hashes[0] == hashes[1]
    assert len(hashes[0].strip()) == 64
