"""Somebody signed in at a browser that has no scripts."""

from collections.abc import Callable

import pytest
from django.test import Client

from kedang.engine.identity.models import Membership, Role, User
from kedang.kernel import ids
from world import World

SignIn = Callable[..., Client]


@pytest.fixture
def sign_in(world: World, client: Client) -> SignIn:
    """Return a function that signs a person in with roles of the general pack, speaking English."""

    def enter(user: User, *roles: str) -> Client:
        for key in roles:
            Membership.objects.create(user=user, role=Role.objects.get(key=key))
        User.objects.filter(pk=user.pk).update(language="en")
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return enter


@pytest.fixture
def address(world: World) -> Callable[..., str]:
    """Return a function that gives the address of somebody's record."""

    def of(plural: str, key: str, owner: str) -> str:
        return f"/{plural}/{ids.show(world.records[key][owner].pk)}"

    return of
