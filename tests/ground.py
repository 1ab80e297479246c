"""The world that many tests stand on: built once, in a transaction that stays open while they come and go.

Each test works within a savepoint and gets a copy of the people and records. Who needs an empty database or commits
for good clears the ground first; who holds the clock stands on a world that was built at that very moment. Who commits
gets the world for good: SQLite keeps a copy of the database in which it was built first.
"""

import pickle
import sqlite3
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from kedang.engine.administration.company import company
from kedang.engine.custom import catalogue
from kedang.engine.identity.actors import directory
from kedang.engine.identity.stamps import unsee
from world import World, build


class Original:
    """A world of which each test gets a copy."""

    def __init__(self, world: World) -> None:
        # most of a copy would be the hundreds of grants of the boss, which nobody changes
        self.boss = world.boss
        self.rest = pickle.dumps(replace(world, boss=replace(world.boss, grants={}, modes={}, known={})))

    def copy(self) -> World:
        """Return the world with people and records that a test may change."""
        world: World = pickle.loads(self.rest)
        world.boss = replace(self.boss, known={})
        return world


_block: transaction.Atomic | None = None
_world: Original | None = None
_since: datetime | None = None
_copies: dict[datetime | None, tuple[sqlite3.Connection, Original]] = {}


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
            _world = Original(build())
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


def settle(moment: datetime | None = None) -> World:
    """Fill the empty database with the world, for one test that commits; `moment` is where a held clock stands."""
    if connection.vendor != "sqlite":
        return build()
    connection.ensure_connection()
    if moment not in _copies:
        world, kept = Original(build()), sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(kept)
        _copies[moment] = kept, world
    else:
        kept, world = _copies[moment]
        kept.backup(connection.connection)
        forget()
    return world.copy()


def empty_search() -> None:
    """Empty the index of the search in SQLite, a table that is no model's and that no flush knows."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO engine_search (engine_search) VALUES ('delete-all')")


def standing() -> World | None:
    """Return the world for one test, or None where the ground is clear."""
    return None if _world is None else _world.copy()


def forget() -> None:
    """Forget what is remembered of definitions that tests write past the doors: no stamp says so.

    Packs are not among them: whatever installs one bumps a stamp, which is never used twice.
    """
    directory.forget()
    company.forget()
    catalogue.forget()
    unsee()
