"""The bookstore's design, read once."""

import pytest

from bookdelivery.design import DesignModel
from bookdelivery.services.bookstore import BOOKSTORE_SYSTEM


@pytest.fixture(scope="session")
def bookstore() -> DesignModel:
    return DesignModel.of(BOOKSTORE_SYSTEM)
