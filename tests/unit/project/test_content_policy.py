"""Every answer says what a page may load and run."""

import re

from django.http import HttpResponse
from django.test import RequestFactory

from kedang.project.middleware import ContentPolicy


def answer(view):
    return ContentPolicy(view)(RequestFactory().get("/"))


def test_each_answer_has_a_nonce_of_its_own():
    seen = []

    def view(request):
        seen.append(request.csp_nonce)
        return HttpResponse()

    policies = [answer(view)["Content-Security-Policy"] for _ in range(2)]
    assert len(set(seen)) == 2
    assert [
        f"script-src 'self' 'nonce-{nonce}'" in policy for nonce, policy in zip(seen, policies, strict=True)
    ]


def test_scripts_and_style_elements_are_never_inline():
    policy = answer(lambda request: HttpResponse())["Content-Security-Policy"]
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for name in ("script-src", "style-src", "style-src-elem"):
        assert not re.search("unsafe-inline|unsafe-eval|https?:", rules[name])
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"


def test_a_stricter_policy_of_a_view_stands():
    def view(request):
        return HttpResponse(headers={"Content-Security-Policy": "sandbox"})

    assert answer(view)["Content-Security-Policy"] == "sandbox"
