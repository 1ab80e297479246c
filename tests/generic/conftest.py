"""One company for all tests of a file: built once, and put back after each test."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from generic.visit import Company
from world import build


@pytest.fixture(scope="module")
def founded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Company]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Company(build())
        transaction.set_rollback(True)


@pytest.fixture
def company(founded: Company) -> Iterator[Company]:
    with transaction.atomic():
        yield founded
        transaction.set_rollback(True)
