"""The image and the compose file: they fit one another, the package, and the configuration that the services read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookdelivery.services.beside import BESIDE
from bookdelivery.services.config_loading import load_config
from bookdelivery.services.serving import PORTS

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
COMPOSE: dict[str, Any] = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one["image"].startswith("bookdelivery:")]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")


def steps() -> list[tuple[str, str]]:
    """Give the instructions of the Containerfile, each with all its lines."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def test_every_context_the_gateway_and_the_authorization_server_have_a_process() -> None:
    assert set(OURS) == {*PORTS, *BESIDE}
    for name in OURS:
        assert SERVICES[name]["command"] == ["serve", name]


@pytest.mark.parametrize("name", OURS)
def test_a_service_understands_its_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SERVICES[name]["environment"]
    assert all(isinstance(value, str) for value in environment.values())
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    config = load_config().config
    assert {address.partition("://")[2] for address in config.http.at.values()} == {
        f"{one}:{port}" for one, port in PORTS.items()
    }
    assert set(config.http.at) == set(PORTS)
    own = {**PORTS, **{other: one.port(config) for other, one in BESIDE.items()}}[name]
    assert environment["HEALTH_PORT"] == str(own)
    for used in re.findall(r"(?:@|//)(kafka|postgres|mariadb|redis):", f"{config.data.url} {config.data.broker_url}"):
        assert used in SERVICES
    grace_s = float(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert grace_s > config.operations.linger_s + 3 * config.operations.drain_s


def test_a_service_waits_for_what_it_needs_and_nothing_is_named_that_is_not_there() -> None:
    for name, one in SERVICES.items():
        for other, how in one.get("depends_on", {}).items():
            assert other in SERVICES
            if how == {"condition": "service_healthy"}:
                assert other in OURS or "healthcheck" in SERVICES[other]
        url = one.get("environment", {}).get("BOOKDELIVERY_DATA_URL", "")
        needed = re.search(r"(?:@|//)([a-z]+):\d", url)
        if needed and name in PORTS:
            assert needed[1] in one["depends_on"]
        for volume in one.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (EXAMPLES / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_only_what_people_talk_to_is_open_and_only_on_this_computer() -> None:
    for name, one in SERVICES.items():
        for port in one.get("ports", ()):
            assert port.startswith("127.0.0.1:")
            assert name in ("gateway", "authorization", "prometheus", "grafana")


def test_the_image_is_built_in_stages_and_runs_as_nobody_in_particular() -> None:
    instructions = steps()
    assert [rest.partition(" AS ")[2] for name, rest in instructions if name == "FROM"] == ["build", ""]
    last = instructions[max(place for place, (name, _) in enumerate(instructions) if name == "FROM") :]
    assert [rest for name, rest in last if name == "USER"] == ["10001:10001"]
    (health,) = [rest for name, rest in last if name == "HEALTHCHECK"]
    assert "/livez" in health
    assert ("ENTRYPOINT", '["bookdelivery"]') in last


def test_the_image_is_made_of_files_and_extras_that_there_are() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for name, rest in steps():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{Path(source).name}" in allowed
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    (wanted,) = re.findall(r"'\.\[([a-z,]+)\]'", CONTAINERFILE)
    assert set(wanted.split(",")) <= set(extras)
    assert {"serve", "kafka", "postgres", "mariadb", "redis", "gateway", "authorization"} <= set(wanted.split(","))


def test_the_workflow_runs_what_ci_runs_and_publishes_after_that_only() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    jobs = workflow["jobs"]
    assert "bash .ci/run" in [step.get("run") for step in jobs["check"]["steps"]]
    for name in ("publish-docs", "publish-wheel"):
        assert jobs[name]["needs"] == ["check", "build"]
        assert jobs[name]["permissions"]["id-token"] == "write"
        assert "if" in jobs[name]
    assert workflow["permissions"] == {"contents": "read"}
    for job in jobs.values():
        assert job["timeout-minutes"] <= 90
        for step in job["steps"]:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v1)", step.get("uses", "actions/checkout@v5"))
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z-]+)", str(workflow)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
