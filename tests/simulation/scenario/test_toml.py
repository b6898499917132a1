"""Scenarios in files: the same as in Python, and told apart from what is none."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from scipy import stats

from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.resilience import BreakerConfig
from bookdelivery.resilience.breaker_config import every_error
from bookdelivery.simulation.customers import Customers, Visitor
from bookdelivery.simulation.deployment import Deployment
from bookdelivery.simulation.distributions import FromScipy, LogNormal
from bookdelivery.simulation.faults import Outage
from bookdelivery.simulation.load import Poisson
from bookdelivery.simulation.scenario import InvalidScenario, Scenario, shapes
from bookdelivery.simulation.scenario.problems import NoFileFormat
from bookdelivery.simulation.scenario.toml import UnreadableFile, dump_toml, parse_toml
from tests.simulation.scenario.samples import DISTRIBUTIONS, FAULTS, LOADS, WHOLE, scenario

SMALL = """
lasts = 60
load = {kind = "poisson", per_second = 5}
"""


def test_a_file_says_what_python_says(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(
        """
        title = "Delivery fails"
        lasts = 600
        seed = 7

        [load]
        kind = "poisson"
        per_second = 50

        [customers]
        cancels = 0.1

        [deployment.payment]
        replicas = 3
        service_s = {kind = "log-normal", mean_s = 0.02, sigma = 0.4}
        operations = {Pay = 0.03}

        [[faults]]
        kind = "outage"
        context = "delivery"
        at = 60
        lasts = 300
        """,
        encoding="utf-8",
    )
    assert Scenario.from_toml(file) == Scenario(
        title="Delivery fails",
        lasts=600,
        seed=7,
        load=Poisson(per_second=50),
        customers=Customers(cancels=0.1),
        deployment={"payment": Deployment(replicas=3, service_s=LogNormal(0.02, 0.4), operations={"Pay": 0.03})},
        faults=[Outage("delivery", at=60, lasts=300)],
    )


def test_everything_comes_back_from_a_file_as_it_was() -> None:
    assert parse_toml(WHOLE.to_toml()) == WHOLE
    WHOLE.fit(BOOKSTORE)


@pytest.mark.parametrize("load", LOADS, ids=lambda load: type(load).__name__)
def test_every_load_comes_back_as_it_was(load: object) -> None:
    assert parse_toml(dump_toml(scenario(load=load))) == scenario(load=load)


@pytest.mark.parametrize("given", DISTRIBUTIONS, ids=lambda given: type(given).__name__)
def test_every_distribution_comes_back_as_it_was(given: object) -> None:
    one = scenario(deployment={"order": Deployment(start_up_s=given)})
    assert parse_toml(dump_toml(one)) == one


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_every_fault_comes_back_as_it_was(fault: object) -> None:
    assert parse_toml(dump_toml(scenario(faults=[fault]))) == scenario(faults=[fault])


@pytest.mark.parametrize(
    ("kinds", "samples"),
    [(shapes.LOADS, LOADS), (shapes.DISTRIBUTIONS, DISTRIBUTIONS), (shapes.FAULTS, FAULTS)],
    ids=["loads", "distributions", "faults"],
)
def test_there_is_a_sample_of_every_kind(kinds: shapes.Kinds, samples: list[Any]) -> None:
    assert {type(sample) for sample in samples} == set(kinds.classes.values())


def test_what_is_as_by_default_is_not_written() -> None:
    assert dump_toml(scenario()) == 'lasts = 60.0\n\n[load]\nkind = "poisson"\nper_second = 5\n'


def test_false_says_that_there_is_none() -> None:
    nobody = scenario(people=None)
    assert "people = false" in dump_toml(nobody)
    assert parse_toml(SMALL + "people = false").people is None


def test_a_frozen_distribution_of_scipy_comes_back_too() -> None:
    one = scenario(deployment={"order": Deployment(service_s=stats.gamma(2.0, scale=0.01))})
    text = dump_toml(one)
    assert 'kind = "scipy"' in text
    assert parse_toml(text) == one


@attrs.frozen
class Earthquake(Outage):
    """A fault that no file knows."""


class Nobody:
    def prepare(self, rng: np.random.Generator) -> Visitor:
        raise NotImplementedError


class Wedge(stats.rv_continuous):
    def _pdf(self, x: Any, *args: Any) -> Any:
        return 2 * x


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"faults": [Earthquake("delivery")]},
            r"faults\[0\] is Earthquake\(.*\), which no file can say: a fault in a file is one of",
        ),
        ({"customers": Nobody()}, "customers is .*Nobody.*, which no file can say: a behaviour in a file is one of"),
        (
            {"deployment": {"order": Deployment(service_s=FromScipy.of(Wedge(a=0.0, b=1.0, name="wedge")()))}},
            "deployment.order.service_s is .*, which no file can say: scipy.stats does not have it",
        ),
        (
            {"engine": attrs.evolve(scenario().engine, breakers={"Pay": BreakerConfig(ignores=every_error)})},
            "engine.breakers.Pay.ignores is .*, which no file can say: it is a function",
        ),
    ],
)
def test_what_only_python_can_say_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NoFileFormat, match=message):
        dump_toml(scenario(**changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lasts = 60", "shop.toml: load is missing, but must be given"),
        (
            'lasts = 60\nload = {kind = "poisson", per_second = -1}',
            "shop.toml: load.per_second is -1, but must be a positive number per second",
        ),
        (
            'lasts = 60\nload = {kind = "poison", per_second = 1}',
            "shop.toml: load.kind is 'poison', but must be one of closed-loop, constant, ",
        ),
        ("lasts = 60\nload = {per_second = 1}", "shop.toml: load.kind is missing, but must be one of closed-loop"),
        ("lasts = 60\nload = 5", "shop.toml: load is 5, but must be a load: a table with kind = one of closed-loop"),
        (SMALL + "sed = 5", "shop.toml: sed is 5, but must be left out: the keys here are title, story, load"),
        (
            SMALL + "[customers]\ncancel = 0.5",
            "shop.toml: customers.cancel is 0.5, but must be left out: the keys here",
        ),
        (SMALL + "[customers]\ncancels = 1.5", "shop.toml: customers.cancels is 1.5, but must be a probability from 0"),
        (
            SMALL + "[deployment.order]\nworkers = 0",
            "shop.toml: deployment.order.workers is 0, but must be a whole number, 1 or more",
        ),
        (
            SMALL + "[deployment.order]\nservice_s = -0.5",
            "shop.toml: deployment.order.service_s.value_s is -0.5, but must be a number of seconds, 0 or more",
        ),
        (
            SMALL + "[deployment.order]\nservice_s = 'fast'",
            "shop.toml: deployment.order.service_s is 'fast', but must be a number, or a distribution: a table",
        ),
        (
            SMALL + "[deployment.order.operations]\nPlaceOrder = {kind = 'exponential'}",
            "shop.toml: deployment.order.operations.PlaceOrder.mean_s is missing, but must be given",
        ),
        (SMALL + "[deployment]\norder = 3", "shop.toml: deployment.order is 3, but must be a table: Deployment"),
        (
            SMALL + '[[faults]]\nkind = "outage"\ncontext = "order"\nat = 1\nlasts = 2\n'
            '[[faults]]\nkind = "slow-down"\ncontext = "order"\nfactor = 0',
            r"shop.toml: faults\[1\].factor is 0, but must be a positive number",
        ),
        (SMALL + "faults = 3", "shop.toml: faults is 3, but must be a list"),
        (
            SMALL + "[resilience.order.calls.Pay.retry.backoff]\njitter = 'wild'",
            "shop.toml: resilience.order.calls.Pay.retry.backoff.jitter is 'wild', but must be one of none, full",
        ),
        (
            SMALL + "[engine.breakers.Pay]\nignores = 'all'",
            "shop.toml: engine.breakers.Pay.ignores is 'all', but must be left out: it is a function",
        ),
        (
            "lasts = sixty",
            r"shop.toml: the whole is 'lasts = sixty', but must be TOML: Invalid value \(at line 1, column 9\)",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_key_its_value_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(InvalidScenario, match=message):
        parse_toml(text, "shop.toml")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidScenario) as caught:
        parse_toml("lasts = -1\nseed = 1\nsed = 2\n[load]\nkind = 'poisson'\n[customers]\nlooks = 2\n", "shop.toml")
    assert [problem.key for problem in caught.value.problems] == ["sed", "load.per_second", "customers.looks"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file or directory"), (b"\xff\xfe", "is not text in UTF-8 .* at byte 0")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "shop.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnreadableFile, match=f"shop.toml: {message}") as caught:
        Scenario.from_toml(file)
    assert isinstance(caught.value, BookdeliveryError)
