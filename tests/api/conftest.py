"""The people of the small company, each with a key."""

import pytest

from api.calling import Caller, caller
from world import World


@pytest.fixture
def li(world: World) -> Caller:
    """A sales representative in the north: own customers only."""
    return caller(world.li, "sales_rep")


@pytest.fixture
def manager(world: World) -> Caller:
    """The manager of the north: the unit and all below it."""
    return caller(world.zhao, "sales_manager")


@pytest.fixture
def chief(world: World) -> Caller:
    """The general manager: sees and approves everything."""
    return caller(world.chief, "general_manager")


@pytest.fixture
def root(world: World) -> Caller:
    """The administrator: everything but approvals and credit data."""
    return caller(world.chief, "administrator")
