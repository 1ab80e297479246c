"""What every answer carries: a content policy with a nonce of its own."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self' 'nonce-{nonce}'",
        "style-src-elem 'self' 'nonce-{nonce}'",
        # charts set sizes through style attributes; an attribute cannot load or run anything
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:{images}",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
PERMISSIONS = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()"


class ContentPolicy:
    """Give each request a fresh `csp_nonce` and its answer the policy, unless the view set a stricter one.

    A view may name one origin in `csp_images`, from which its page then shows pictures: the company's tile server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the headers."""
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        images = getattr(request, "csp_images", "")
        policy = POLICY.format(nonce=nonce, images=f" {images}" if images else "")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response
