"""Signing in: by name and password, slowed when guessed, the same words for a name that does not exist."""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from kedang.engine.administration.models import Company
from kedang.engine.identity.models import User
from kedang.engine.identity.stamps import bump

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"


@pytest.fixture(autouse=True)
def company():
    """A company that asks no question, so that slowing down is seen by itself."""
    Company.objects.create(name="恒川泵阀", captcha_after=20)
    bump("company")


@pytest.fixture
def li():
    return User.objects.create_user("li.li", PASSWORD, name="李莉")


def sign_in(client, name="li.li", password=PASSWORD, **extra):
    return client.post("/sign-in/", {"login": name, "password": password}, **extra)


def test_the_right_password_opens_a_session_with_safe_cookies(client, li):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    cookie = answer.cookies["kedang_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_session_gets_another_id_at_sign_in(client, li):
    client.cookies["kedang_session"] = "chosen-by-somebody-else"
    sign_in(client)
    assert client.cookies["kedang_session"].value != "chosen-by-somebody-else"


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(client, li):
    wrong = sign_in(client, password="not this one").content.decode()
    unknown = sign_in(client, name="wang.wu", password="not this one").content.decode()
    assert without_tokens(wrong, "li.li") == without_tokens(unknown, "wang.wu")


def test_guessing_is_slowed_and_the_right_password_waits_too(client, li):
    for _ in range(5):
        sign_in(client, password="not this one")
    answer = sign_in(client)
    assert answer.status_code in {200, 429}
    assert "kedang_session" not in answer.cookies


def test_somebody_switched_off_cannot_sign_in(client, li):
    User.objects.filter(pk=li.pk).update(is_active=False)
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert client.get("/").status_code == 302


def test_a_page_sends_a_stranger_to_sign_in_and_back(client):
    answer = client.get("/customers?level=A")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=/customers")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example"]
)
def test_signing_in_never_leads_to_another_host(client, li, elsewhere):
    answer = client.post("/sign-in/", {"login": "li.li", "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_a_forged_form_cannot_sign_anybody_in(li):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_nobody_signs_up_or_resets_by_mail():
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_a_host_header_that_is_not_ours_is_refused(client):
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code in {200, 400}
    assert client.get("/sign-in/", headers={"host": "evil.example"}).status_code == 400


def test_every_answer_carries_the_safe_headers(client):
    headers = client.get("/sign-in/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "nonce-" in headers["Content-Security-Policy"]


def without_tokens(page, name):
    lines = [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "nonce" not in line]
    return "\n".join(lines).replace(name, "NAME")
