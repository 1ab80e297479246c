"""How an open session finds its user."""

from allauth.account.auth_backends import AuthenticationBackend

from kedang.engine.identity.models import User
from kedang.engine.scope.composed import by_key


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """That of the sign-in, whose question for the user of an open session is composed once."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user of an id, None where there is none or somebody who left."""
        return next((user for user in by_key(User)(user_id) if self.user_can_authenticate(user)), None)
