"""One company for all tests of a file."""

from generic.fixtures import _django_db_helper, _fresh_definitions, company, founded

__all__ = ["_django_db_helper", "_fresh_definitions", "company", "founded"]
