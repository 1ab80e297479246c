"""A request that has its actor."""

from django.http import HttpRequest

from kedang.kernel.actor import Actor


class KedangRequest(HttpRequest):
    """A request for which the middleware has named who acts."""

    actor: Actor
    csp_images: str
