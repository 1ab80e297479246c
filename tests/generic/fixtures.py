"""One company for all tests of a file: built once, and put back after each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

import ground
from generic.visit import Company
from world import build


@pytest.fixture(scope="module")
def founded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Company]:
    with django_db_blocker.unblock():
        ground.clear()
    with django_db_blocker.unblock(), transaction.atomic():
        company = Company(build())
        ground.forget()  # some of it was filed past the doors
        yield company
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _fresh_definitions() -> None:
    """Keep what is remembered of the company's definitions: each change here bumps a stamp, and none comes twice."""


@pytest.fixture
def _django_db_helper(founded: Company) -> Iterator[None]:
    """Stand in for what the mark `django_db` does: a savepoint within the file's company."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def company(_django_db_helper: None, founded: Company) -> Company:
    return founded
