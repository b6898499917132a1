"""Schemathesis asks the real services whatever the OpenAPI documents allow, and much that they do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookdelivery.services.serving import PORTS
from tests.services.processes import PATIENCE_S, Served, eventually

LEFT_OUT = ("Idempotency-Key", "request-timeout-s")


def document(context: str, root: Path, folder: Path) -> Path:
    """Give a context's document without what the tool would take a right answer for a fault of.

    It sends the same idempotency key with different requests, which are refused (422), and callers who wait for no time
    at all, whose time is over (504). And it takes a service that has no issuer for one that forgot to ask for a token.
    """
    contract: dict[str, Any] = yaml.safe_load((root / f"docs/contracts/openapi-{context}.yaml").read_text())
    for path in contract["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                del operation["security"]
                parameters = operation.get("parameters", [])
                operation["parameters"] = [one for one in parameters if one["name"] not in LEFT_OUT]
    file = folder / f"{context}.yaml"
    file.write_text(yaml.safe_dump(contract, sort_keys=False))
    return file


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_every_answer_of_the_services_is_as_their_contracts_say(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    served = Served(tmp_path)
    try:
        eventually(lambda: all(served.is_ready(context) for context in PORTS))
        told: dict[str, str] = {}
        for context in PORTS:
            file = document(context, pytestconfig.rootpath, tmp_path)
            command = [str(Path(sys.executable).with_name("st")), "run", str(file)]
            command += ["--url", served.at(context, ""), "--seed", "1", "--max-examples", "3", "--no-color"]
            command += ["--phases", "coverage,fuzzing", "--generation-database", "none", "--request-timeout", "60"]
            # How fast this machine is, and how often a made-up order is unknown, is no matter of the contract.
            command += ["--suppress-health-check", "all", "--warnings", "off"]
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=3 * PATIENCE_S
            )
            if done.returncode != 0:
                told[context] = done.stdout + done.stderr
        assert told == {}, "\n".join(told.values())
    finally:
        served.end()
