"""Name the actor of every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import User
from kedang.engine.identity.stamps import steady_stamps
from kedang.kernel.actor import Actor

NOBODY = Actor(name="anonymous")


class ActorMiddleware:
    """Put `actor` on the request; somebody who was switched off is nobody from the next request on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with steady_stamps():
            user = request.user
            signed_in = isinstance(user, User) and user.is_active
            request.actor = actor_of(user) if signed_in else NOBODY  # type: ignore[attr-defined, arg-type]
            if signed_in:
                translation.activate(user.language)  # type: ignore[union-attr]
                request.LANGUAGE_CODE = translation.get_language()
            return self.get_response(request)
