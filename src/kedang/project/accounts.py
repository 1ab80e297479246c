"""Sign-in: by name and password, for people an administrator made. Nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package has no types
    """Closes sign-up; everything else is the package's."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: an administrator makes users."""
        return False
