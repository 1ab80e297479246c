"""Sessions in the database that live as long as the company lets them idle."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.models import Session
from django.utils import timezone

from kedang.engine.administration.company import company
from kedang.engine.scope.composed import Composed, columns

_living: Composed[Session] = Composed(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).order_by(),
    *columns(Session, "session_key", "expire_date"),
)


class SessionStore(Stored):
    """Django's, with the company's idle limit; each use moves the end of the row (see identity.sessions)."""

    @classmethod
    def get_model_class(cls) -> Any:
        return super().get_model_class()

    def get_session_cookie_age(self) -> int:
        """Return for how many seconds an unused session stays open."""
        return company().idle_minutes * 60

    def _get_session_from_db(self) -> Session | None:
        found = _living(self.session_key, timezone.now())  # by the clock that Django sets the end by
        if not found:
            self._session_key = None
        return next(iter(found), None)
