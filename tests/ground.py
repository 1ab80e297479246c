"""The world that many tests stand on: built once, in a transaction that stays open while they come and go.

Each test works within a savepoint and gets a copy of the people and records. Who needs an empty database or commits
for good clears the ground first; who holds the clock stands on a world that was built at that very moment.
"""

import copy
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from kedang.engine.administration.company import company
from kedang.engine.custom import catalogue
from kedang.engine.identity.actors import directory
from kedang.engine.identity.stamps import unsee
from world import World, build

_block: transaction.Atomic | None = None
_world: World | None = None
_since: datetime | None = None


def stand(moment: datetime | None = None) -> None:
    """Build the world, where it does not stand yet; `moment` is where a held clock stands."""
    global _block, _world, _since  # noqa: PLW0603  one database, one ground
    if _since != moment:
        clear()
    if _block is None:
        _since = moment
        _block = transaction.atomic()
        _block.__enter__()
        try:
            _world = build()
        except BaseException:
            clear()
            raise


def clear() -> None:
    """Take the world away again."""
    global _block, _world
    if _block is not None:
        block, _block, _world = _block, None, None
        if connection.in_atomic_block:  # with the browser its loop is gone, and the connection of the world
            transaction.set_rollback(True)
            block.__exit__(None, None, None)
        forget()


def empty_search() -> None:
    """Empty the index of the search in SQLite, a table that is no model's and that no flush knows."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO engine_search (engine_search) VALUES ('delete-all')")


def standing() -> World | None:
    """Return the world for one test, or None where the ground is clear."""
    if _world is None:
        return None
    # most of a copy would be the hundreds of grants of the boss, which nobody changes
    boss = replace(_world.boss, known={})
    return copy.deepcopy(_world, {id(_world.boss): boss})


def forget() -> None:
    """Forget what is remembered of definitions that tests write past the doors: no stamp says so.

    Packs are not among them: whatever installs one bumps a stamp, which is never used twice.
    """
    directory.forget()
    company.forget()
    catalogue.forget()
    unsee()
