"""Tokens as the configuration says: whose count, and who needs one of its own."""

from __future__ import annotations

import asyncio

import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.services.config import AuthorizationSection, Config, SecuritySection
from bookdelivery.services.securing import DEVELOPMENT_SECRET, Security, issuer_of, securing, services_secret

ISSUER = "https://issuer.example"


def opened(config: Config, *, calls: bool = False) -> Security | None:
    async def body() -> Security | None:
        async with securing(config, calls=calls) as security:
            return security

    return asyncio.run(body())


def test_without_an_issuer_nobody_is_asked() -> None:
    assert opened(Config()) is None


def test_a_process_that_calls_nobody_needs_no_secret() -> None:
    security = opened(Config(security=SecuritySection(issuer=ISSUER)))
    assert security is not None
    assert security.bearer is None


def test_one_that_calls_its_neighbours_does() -> None:
    with pytest.raises(InvalidField, match="client_secret"):
        opened(Config(security=SecuritySection(issuer=ISSUER)), calls=True)
    given = opened(Config(security=SecuritySection(issuer=ISSUER, client_secret="-")), calls=True)  # noqa: S106
    assert given is not None
    assert given.bearer is not None


def test_in_development_our_own_server_issues_tokens_and_the_secret_is_known() -> None:
    config = Config(authorization=AuthorizationSection(development=True))
    assert issuer_of(config) == "http://127.0.0.1:8090"
    assert services_secret(config) == DEVELOPMENT_SECRET
    other = Config(authorization=AuthorizationSection(development=True), security=SecuritySection(issuer=ISSUER))
    assert issuer_of(other) == ISSUER
