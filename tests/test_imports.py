"""Imports run one way, and the rules that say so are neither empty nor toothless."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import api

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "pyproject.toml"
CONTRACTS: list[dict[str, Any]] = api.read_configuration(str(CONFIGURATION))["contracts_options"]
IDS = [contract["id"] for contract in CONTRACTS]

LAYERS = (
    "adapters",
    "application",
    "contexts",
    "design",
    "kernel",
    "requirements",
    "resilience",
    "services",
    "simulation",
    "testing",
)

# For every contract, lines that break it, each in a module of an otherwise empty house.
VIOLATIONS = {
    "layers": {
        "kernel/bad.py": "import bookdelivery.contexts",
        "application/bad.py": "import bookdelivery.contexts",
        "contexts/bad.py": "import bookdelivery.application",
        "adapters/bad.py": "import bookdelivery.simulation",
        "simulation/bad.py": "import bookdelivery.requirements",
        "requirements/bad.py": "import bookdelivery.design",
        "design/bad.py": "import bookdelivery.services",
        "services/bad.py": "import bookdelivery.testing",
        "newcomer.py": "",
    },
    "contexts": {
        "contexts/order/bad.py": "import bookdelivery.contexts.payment.aggregate",
        "contexts/payment/bad.py": "from bookdelivery.contexts.order import aggregate",
        "contexts/payment/messages.py": "import bookdelivery.contexts.order.aggregate",
        "contexts/actors.py": "import bookdelivery.contexts.order.aggregate",
        "contexts/people.py": "import bookdelivery.contexts.payment.aggregate",
    },
    "kernel-only": {
        "adapters/stores/bad.py": "import bookdelivery.contexts.order.messages",
        "adapters/brokers/worse.py": "import bookdelivery.application",
        "adapters/protobuf/bad.py": "import bookdelivery.contexts.order.messages",
        "contexts/order/bad.py": "import bookdelivery.resilience",
    },
    "adapters": {
        "adapters/clients/bad.py": "import bookdelivery.application",
        "adapters/worse.py": "import bookdelivery.resilience",
    },
    "no-transport": {
        "contexts/order/bad.py": "import grpc.aio",
        "kernel/bad.py": "from google.protobuf import message",
        "application/bad.py": "import litestar",
    },
    "pure-domain": {
        "kernel/bad.py": "import time",
        "contexts/order/bad.py": "from urllib.request import urlopen",
        "contexts/order/worse.py": "import sqlite3",
    },
    "light-core": {
        "kernel/bad.py": "import numpy as np",
        "application/bad.py": "import rich.progress",
        "adapters/bad.py": "from simpy import Environment",
    },
    "no-pytest": {
        "kernel/bad.py": "from pytest import fixture",
        "simulation/bad.py": "import _pytest.pytester",
    },
    "front-door": {
        "kernel/bad.py": "import bookdelivery",
        "simulation/bad.py": "from bookdelivery import Bookstore",
    },
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("bookdelivery", include_external_packages=True, cache_dir=None)


def expressions(contract: Mapping[str, Any]) -> Iterator[str]:
    """Every module of ours that a contract names, as it names it."""
    for key in ("modules", "source_modules", "forbidden_modules"):
        yield from (name for name in contract.get(key, ()) if name.split(".")[0] == "bookdelivery")
    for container in contract.get("containers", ()):
        for layer in contract["layers"]:
            yield from (f"{container}.{name.strip()}" for name in layer.replace(":", "|").split("|"))


def unmatched(contract: Mapping[str, Any], graph: grimp.ImportGraph) -> list[str]:
    return [name for name in expressions(contract) if not matches(name, graph)]


def matches(name: str, graph: grimp.ImportGraph) -> bool:
    # `x.**` stands for all that is below x; a package with nothing in it yet has nothing to govern.
    plain = name.removesuffix(".**")
    return bool(graph.find_matching_modules(plain)) if "*" in plain else plain in graph.modules


def judge(contract: str, house: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in the folder `house`, by the project's own contracts."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    options = ["--config", str(CONFIGURATION), "--contract", contract, "--no-cache"]
    return subprocess.run(
        [sys.executable, "-c", lint, *options], cwd=house, capture_output=True, text=True, check=False
    )


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    contexts = ("contexts/order", "contexts/payment")
    adapters = tuple(
        f"adapters/{name}" for name in ("brokers", "clients", "conformance", "protobuf", "sqlite", "stores")
    )
    packages = (".", *LAYERS, *contexts, *adapters)
    files = [f"{package}/__init__.py" for package in packages]
    files += [f"{context}/{name}.py" for context in contexts for name in ("messages", "aggregate")]
    files += [f"contexts/{name}.py" for name in ("actors", "language", "people")]
    for name in files:
        file = tmp_path / "bookdelivery" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "bookdelivery/contexts/order/aggregate.py").write_text(
        "import bookdelivery.contexts.actors, bookdelivery.contexts.language, bookdelivery.contexts.people\n"
        "import bookdelivery.contexts.payment.messages, bookdelivery.kernel"
    )
    return tmp_path


@pytest.mark.parametrize("contract", CONTRACTS, ids=IDS)
def test_each_contract_names_only_modules_that_exist(contract: dict[str, Any], graph: grimp.ImportGraph) -> None:
    assert list(expressions(contract))
    assert unmatched(contract, graph) == []


def test_a_contract_on_a_module_that_does_not_exist_is_found_out(graph: grimp.ImportGraph) -> None:
    contract = {
        "containers": ["bookdelivery"],
        "layers": ["services", "warehouse | kernel"],
        "modules": ["bookdelivery.warehouse.*"],
        "source_modules": ["bookdelivery.warehouse", "bookdelivery.warehouse.**", "bookdelivery.kernel"],
        "forbidden_modules": ["pandas"],
    }
    assert unmatched(contract, graph) == [
        "bookdelivery.warehouse.*",
        "bookdelivery.warehouse",
        "bookdelivery.warehouse.**",
        "bookdelivery.warehouse",
    ]


@pytest.mark.parametrize("contract", IDS)
def test_the_house_keeps_its_contract(contract: str) -> None:
    verdict = judge(contract, ROOT)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "Contracts: 1 kept, 0 broken." in verdict.stdout


@pytest.mark.parametrize("contract", IDS)
def test_an_empty_house_keeps_every_contract(contract: str, empty_house: Path) -> None:
    assert "Contracts: 1 kept, 0 broken." in judge(contract, empty_house).stdout


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        pytest.param(contract, module, line, id=f"{contract}-{module}")
        for contract in IDS
        for module, line in VIOLATIONS[contract].items()
    ],
)
def test_a_violation_breaks_the_contract_that_forbids_it(
    contract: str, module: str, line: str, empty_house: Path
) -> None:
    (empty_house / "bookdelivery" / module).write_text(line)
    verdict = judge(contract, empty_house)
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "Contracts: 0 kept, 1 broken." in verdict.stdout
    assert Path(module).stem in verdict.stdout.partition("Broken contracts")[2]


LIST_WHAT_AN_IMPORT_LOADS = """
import json, sys
before = set(sys.modules)
import bookdelivery
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(loaded - set(sys.stdlib_module_names) - {"bookdelivery"})))
"""


def test_importing_the_library_loads_its_core_dependencies_and_nothing_heavier() -> None:
    python = subprocess.run(
        [sys.executable, "-c", LIST_WHAT_AN_IMPORT_LOADS],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    core = {"attr", "attrs", "cattr", "cattrs", "orjson", "six", "transitions", "typing_extensions"}
    assert set(json.loads(python.stdout)) <= core
