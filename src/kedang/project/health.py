"""Two addresses for whoever watches over the servers: alive, and ready to work."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_migrated: set[str] = set()


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers and has all its tables; 503 with one word when not."""
    try:
        connection.ensure_connection()
        if not connection.is_usable():
            return _not_ready("database")
        if not all_migrated():
            return _not_ready("migrations")
    except DatabaseError:
        return _not_ready("database")
    return HttpResponse("ready\n", content_type="text/plain")


def all_migrated() -> bool:
    """Say whether every migration has run; once true, it stays true for this process."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add("yes")
    return True


def _not_ready(word: str) -> HttpResponse:
    return HttpResponse(f"{word}\n", status=503, content_type="text/plain")
