"""Sessions in the database that live as long as the company lets them idle."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Stored

from kedang.engine.administration.company import company


class SessionStore(Stored):
    """Django's, with the company's idle limit; each use moves the end of the row (see identity.sessions)."""

    @classmethod
    def get_model_class(cls) -> Any:
        return super().get_model_class()

    def get_session_cookie_age(self) -> int:
        """Return for how many seconds an unused session stays open."""
        return company().idle_minutes * 60
