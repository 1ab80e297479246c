"""Attacks on accounts: guessing, links for passwords, the second factor, sessions, secrets that leak."""

import re
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from captcha.models import CaptchaStore
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from kedang.engine.actions.perform import perform
from kedang.engine.administration import sessions
from kedang.engine.administration.models import Company
from kedang.engine.identity import links, seal, tokens
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import ApiToken, Membership, Role, SignIn, User
from kedang.engine.identity.stamps import bump
from kedang.engine.ledger.models import AccessLog, HistoryEntry
from kedang.kernel import clock, ids
from kedang.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"
UNREACHABLE = (
    "/admin/", "/.git/config", "/files/", "/media/", "/secret_key", "/static/../secret_key", "/accounts/login/",
    "/accounts/2fa/", "/captcha/audio/x.wav", "/debug",
)  # fmt: skip
CHANGES = (
    "/settings/people/new", "/settings/units/new", "/settings/roles/new", "/settings/company", "/settings/keys",
    "/settings/sessions/end", "/settings/factor/off", "/settings/factor/on", "/settings/operations/backup",
    "/sign-out/", "/sign-in/letters/words",
)  # fmt: skip


@pytest.fixture
def admin(world):
    user = User.objects.create_user("root", PASSWORD, name="管理员", unit=world.company)
    Membership.objects.create(user=user, role=Role.objects.get(key="administrator"))
    return user


@pytest.fixture
def li(world):
    Membership.objects.create(user=world.li, role=Role.objects.get(key="sales_rep"))
    return world.li


def sign_in(client, name="li", password=PASSWORD, **more):
    return client.post("/sign-in/", {"login": name, "password": password, **more})


def act(user, key, pk=None, inputs=None, **more):
    return perform(actor_of(User.objects.get(pk=user.pk)), key, pk, inputs or {}, **more).record


def without_tokens(page, name):
    page = re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]*"|[0-9a-f]{40}', "", page)
    return page.replace(name, "NAME")


# -- guessing


def test_attack_59_known_and_unknown_names_meet_the_same_words_work_and_lock(world, client):
    pages: dict[str, list[tuple[int, str]]] = {}
    hashed: dict[str, int] = {}
    for name in ("wang", "nobody"):
        cache.clear()
        visitor = Client()
        pages[name], hashed[name] = [], 0
        real = hashers.MD5PasswordHasher.encode

        def counted(self, *args, _name=name, _real=real):
            hashed[_name] += 1
            return _real(self, *args)

        with patch.object(hashers.MD5PasswordHasher, "encode", counted):
            for _ in range(8):
                answer = sign_in(visitor, name, "not this one")
                pages[name].append((answer.status_code, without_tokens(answer.content.decode(), name)))
    assert pages["wang"] == pages["nobody"]
    assert hashed["wang"] == hashed["nobody"] > 0


def test_attack_59_guesses_spread_over_addresses_lock_the_name_all_the_same(world):
    Company.objects.create(name="恒川", captcha_after=20)
    bump("company")
    for place in range(5):
        Client(REMOTE_ADDR=f"10.0.0.{place}").post("/sign-in/", {"login": "li", "password": "not this one"})
    late = Client(REMOTE_ADDR="10.9.9.9")
    assert sign_in(late).status_code != 302
    assert "kedang_session" not in late.cookies


def test_attack_59_after_failures_a_password_is_not_even_looked_at_without_the_answer(world, li, client):
    for _ in range(3):
        sign_in(client, password="not this one")
    page = client.get("/sign-in/").content.decode()
    assert 'name="captcha_1"' in page
    with patch("allauth.account.auth_backends.AuthenticationBackend.authenticate") as looked:
        for answer in ({}, {"captcha_0": "x" * 40, "captcha_1": "9999"}):
            assert sign_in(client, **answer).status_code == 200
        assert not looked.called


@pytest.mark.parametrize("kind", ["picture", "words"])
def test_the_answer_to_the_question_lets_in_once(world, li, kind):
    Company.objects.create(name="恒川", captcha_after=0)
    bump("company")
    asked = Client().post(f"/sign-in/letters/{kind}").json()
    row = CaptchaStore.objects.get(hashkey=asked["key"])
    answer = {"captcha_0": asked["key"], "captcha_1": row.response.upper()}
    if kind == "words":
        assert row.response not in asked["words"]
    else:
        assert Client().get(asked["image"])["Content-Type"] == "image/png"
    assert sign_in(Client(), **answer).status_code == 302
    assert sign_in(Client(), **answer).status_code == 200


def test_an_answer_that_is_too_old_does_not_count(world, li):
    Company.objects.create(name="恒川", captcha_after=0)
    bump("company")
    asked = Client().post("/sign-in/letters/words").json()
    answer = {"captcha_0": asked["key"], "captcha_1": CaptchaStore.objects.get(hashkey=asked["key"]).response}
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=6)):
        assert sign_in(Client(), **answer).status_code == 200


def test_without_a_script_another_question_comes_and_no_failure_is_counted(world, client):
    Company.objects.create(name="恒川", captcha_after=0)
    bump("company")
    page = client.post("/sign-in/", {"login": "li", "letters": "words"}).content.decode()
    assert "请填数字" in page or "digits" in page
    assert not AccessLog.objects.filter(kind="sign_in_failed").exists()


# -- links for passwords


def reset(admin, user):
    return f"/password/{act(admin, 'engine.user.reset', user.pk).secret}"


NEW = {"password1": "a wholly new secret", "password2": "a wholly new secret"}


def test_attack_60_a_link_sets_a_password_once_and_the_new_one_opens(world, admin, li):
    link = reset(admin, li)
    assert Client().post(link, NEW).status_code == 302
    assert Client().post(link, NEW).status_code == 404
    assert Client().get(link).status_code == 404
    assert sign_in(Client(), password=NEW["password1"]).status_code == 302
    assert sign_in(Client()).status_code == 200


def test_attack_60_a_link_ends_when_it_should(world, admin, li):
    older = reset(admin, li)
    newer = reset(admin, li)
    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200
    with clock.frozen(datetime.now(UTC) + links.LIFE + timedelta(seconds=1)):
        assert Client().get(newer).status_code == 404
    client = Client()
    sign_in(client)
    client.post("/settings/password", {"oldpassword": PASSWORD, **NEW})
    assert Client().get(newer).status_code == 404
    after_mail = reset(admin, li)
    act(admin, "engine.user.update", li.pk, {"email": "li@example.com"})
    assert Client().get(after_mail).status_code == 404
    last = reset(admin, li)
    act(admin, "engine.user.deactivate", li.pk, reason="离职")
    assert Client().post(last, NEW).status_code == 404


def test_attack_60_a_changed_host_header_makes_no_link(world, admin, li, client):
    client.force_login(admin)
    path = f"/settings/people/{ids.show(li.pk)}/do/reset"
    assert client.post(path, headers={"host": "evil.example"}).status_code == 400
    assert User.objects.get(pk=li.pk).link == ""
    page = client.post(path, headers={"X-Forwarded-Host": "evil.example"}).content.decode()
    assert "http://testserver/password/" in page
    assert "evil.example" not in page


def test_attack_60_a_weak_password_is_refused_in_words(world, admin, li):
    link = reset(admin, li)
    for word in ("short", "1234567890123", "password123", "liming-li-ming"):
        assert Client().post(link, {"password1": word, "password2": word}).status_code in (302, 422)
    answer = Client().post(reset(admin, li), {"password1": "password123", "password2": "password123"})
    assert answer.status_code == 422


def test_attack_66_a_link_that_lets_somebody_in_cannot_be_guessed_and_ends_with_its_person(world, admin):
    made = act(
        admin, "engine.user.create", inputs={"username": "zhou", "name": "周一", "unit": world.north.pk}
    )
    assert len(made.secret) >= 43
    assert Client().get(f"/password/{made.secret[:-1]}x").status_code == 404
    assert Client().get("/password/x").status_code == 404
    act(admin, "engine.user.deactivate", made.pk, reason="没来")
    assert Client().get(f"/password/{made.secret}").status_code == 404


# -- the second factor


def code(secret, shift=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def switch_on(client):
    """Switch the second factor on as people do; return its secret and the number that did it."""
    page = client.get("/settings/factor/on").content.decode()
    secret = re.search(r'class="typed">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    number = code(secret)
    assert client.post("/settings/factor/on", {"code": number, "password": PASSWORD}).status_code == 302
    return secret, number


def switched_on(client):
    """Switch the second factor on; return its secret and the recovery codes."""
    secret, _number = switch_on(client)
    shown = client.get("/settings/factor").content.decode()
    return secret, re.findall(r"<li>(\d{8})</li>", shown)


def test_attack_61_the_password_alone_opens_nothing_by_any_address(world, li):
    client = Client()
    sign_in(client)
    switched_on(client)
    thief = Client()
    answer = sign_in(thief)
    assert answer["Location"] == "/sign-in/code"
    for path in ("/", "/customers", "/settings", "/settings/factor", "/settings/keys", "/api/v1/customers"):
        assert thief.get(path).status_code in (302, 401), path
    assert thief.post("/settings/factor/off", {"password": PASSWORD}).status_code == 302
    assert Authenticator.objects.filter(user=li, type="totp").exists()


def test_attack_61_a_number_counts_once_and_an_old_one_never(world, li):
    client = Client()
    sign_in(client)
    secret, _codes = switched_on(client)
    cache.clear()
    number = code(secret)
    first, second = Client(), Client()
    sign_in(first)
    sign_in(second)
    assert first.post("/sign-in/code", {"code": code(secret, -3)}).status_code == 200
    assert first.post("/sign-in/code", {"code": number}).status_code == 302
    assert second.post("/sign-in/code", {"code": number}).status_code == 200
    assert second.get("/customers").status_code == 302


def test_a_number_typed_slowly_still_counts(world, li):
    client = Client()
    sign_in(client)
    secret, _codes = switched_on(client)
    cache.clear()
    slow = Client()
    sign_in(slow)
    assert slow.post("/sign-in/code", {"code": code(secret, -1)}).status_code == 302


def test_attack_61_the_number_that_switched_it_on_is_spent(world, li):
    client = Client()
    sign_in(client)
    _secret, number = switch_on(client)
    other = Client()
    sign_in(other)
    assert other.post("/sign-in/code", {"code": number}).status_code == 200


def test_attack_61_guessing_numbers_is_stopped(world, li):
    client = Client()
    sign_in(client)
    secret, _codes = switched_on(client)
    cache.clear()
    thief = Client()
    sign_in(thief)
    for place in range(6):
        thief.post("/sign-in/code", {"code": f"{place:06}"})
    assert thief.post("/sign-in/code", {"code": code(secret)}).status_code != 302
    assert thief.get("/customers").status_code == 302


def test_attack_61_a_recovery_code_counts_once(world, li):
    client = Client()
    sign_in(client)
    _secret, codes = switched_on(client)
    assert len(codes) == 10
    assert codes[0] not in client.get("/settings/factor").content.decode()
    first, second = Client(), Client()
    sign_in(first)
    assert first.post("/sign-in/code", {"code": codes[0]}).status_code == 302
    sign_in(second)
    assert second.post("/sign-in/code", {"code": codes[0]}).status_code == 200


def test_attack_61_switching_off_and_new_codes_need_the_password_and_guesses_are_counted(world, li):
    client = Client()
    sign_in(client)
    switched_on(client)
    for path in ("/settings/factor/off", "/settings/factor/codes"):
        assert client.post(path, {"password": "not this one"}).status_code == 422
        assert client.post(path).status_code == 422
        assert client.get(path).status_code == 405
    client.post("/settings/factor/off", {"password": "x"})
    assert client.post("/settings/factor/off", {"password": PASSWORD}).status_code == 429
    assert Authenticator.objects.filter(user=li, type="totp").exists()
    cache.clear()
    assert client.post("/settings/factor/off", {"password": PASSWORD}).status_code == 302
    assert not Authenticator.objects.filter(user=li).exists()


def test_attack_61_a_role_that_needs_it_opens_nothing_before_it_is_on(world, admin, li):
    role = Role.objects.get(key="sales_rep")
    act(admin, "engine.role.update", role.pk, {"second_factor": "1"})
    client = Client()
    sign_in(client)
    for path in ("/", "/customers", "/settings/keys", "/settings/people", "/settings/password"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/settings/factor"), path
    assert client.get("/api/v1/customers").status_code == 401
    assert client.post("/settings/keys", {"name": "x", "days": "30"}).status_code == 302
    assert not ApiToken.objects.filter(user=li).exists()
    switched_on(client)
    assert client.get("/customers").status_code == 200
    client.post("/settings/factor/off", {"password": PASSWORD})
    assert client.get("/customers").status_code == 302


# -- sessions


def test_attack_62_a_change_of_role_gives_every_open_session_another_id(world, admin, li):
    client = Client()
    sign_in(client)
    before = client.cookies["kedang_session"].value
    act(admin, "engine.user.roles", li.pk, {"roles": ["sales_manager"]})
    assert client.get("/customers").status_code == 200
    after = client.cookies["kedang_session"].value
    assert after != before
    assert not Session.objects.filter(session_key=before).exists()
    assert SignIn.objects.filter(user=li, session_key=after).exists()


def test_attack_62_an_idle_session_ends_and_a_used_one_does_not(world, li):
    Company.objects.create(name="恒川", idle_minutes=30)
    bump("company")
    client = Client()
    sign_in(client)
    key = client.cookies["kedang_session"].value
    assert client.cookies["kedang_session"]["max-age"] == ""
    end = Session.objects.get(session_key=key).expire_date
    assert timedelta(minutes=29) < end - datetime.now(UTC) <= timedelta(minutes=30)
    sessions._touched.clear()
    Session.objects.filter(session_key=key).update(expire_date=datetime.now(UTC) + timedelta(minutes=2))
    client.get("/customers")
    assert Session.objects.get(session_key=key).expire_date - datetime.now(UTC) > timedelta(minutes=29)
    Session.objects.filter(session_key=key).update(expire_date=datetime.now(UTC) - timedelta(seconds=1))
    assert client.get("/customers").status_code == 302


def test_attack_62_no_session_is_older_than_half_a_day(world, li):
    client = Client()
    sign_in(client)
    with clock.frozen(datetime.now(UTC) + timedelta(hours=12, minutes=1)):
        assert client.get("/customers").status_code == 302


def test_attack_62_one_session_or_all_others_can_be_ended_and_nobody_elses(world, li):
    mine, phone, other = Client(), Client(), Client()
    sign_in(mine)
    sign_in(phone)
    sign_in(other, "wang")
    foreign = SignIn.objects.get(user=world.wang)
    assert mine.post("/settings/sessions/end", {"one": ids.show(foreign.pk)}).status_code == 404
    row = SignIn.objects.get(session_key=phone.cookies["kedang_session"].value)
    assert mine.post("/settings/sessions/end", {"one": ids.show(row.pk)}).status_code == 302
    assert phone.get("/customers").status_code == 302
    sign_in(phone)
    mine.post("/settings/sessions/end")
    assert phone.get("/customers").status_code == 302
    assert mine.get("/settings/sessions").status_code == 200
    assert other.get("/settings").status_code == 200


def test_attack_62_a_new_password_ends_every_other_session(world, li):
    mine, phone = Client(), Client()
    sign_in(mine)
    sign_in(phone)
    mine.post("/settings/password", {"oldpassword": PASSWORD, **NEW})
    assert mine.get("/customers").status_code == 200
    assert phone.get("/customers").status_code == 302
    assert [one.session_key for one in sessions.open_ones(li)] == [mine.cookies["kedang_session"].value]


def test_attack_62_signing_out_ends_the_session_on_the_server(world, li):
    client = Client()
    sign_in(client)
    key = client.cookies["kedang_session"].value
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not SignIn.objects.filter(session_key=key).exists()
    client.cookies["kedang_session"] = key
    assert client.get("/customers").status_code == 302


# -- keys and secrets


def test_a_key_is_shown_once_reads_only_unless_asked_and_ends_when_revoked(world, li):
    client = Client()
    sign_in(client)
    page = client.post("/settings/keys", {"name": "报表", "days": "30"}).content.decode()
    key = re.search(r"kd_[\w-]+", page)[0]
    assert key not in client.get("/settings/keys").content.decode()
    row = tokens.find(key)
    assert row.read_only
    assert row.expires_at is not None
    assert Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    strange = Client()
    sign_in(strange, "wang")
    assert strange.post(f"/settings/keys/{ids.show(row.pk)}/revoke").status_code == 404
    client.post(f"/settings/keys/{ids.show(row.pk)}/revoke")
    assert Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {key}"}).status_code == 401


@pytest.mark.parametrize(
    "sent", [{"name": "", "days": "30"}, {"name": "x", "days": "0"}, {"name": "x", "days": "9999"}]
)
def test_a_key_without_a_purpose_or_an_end_is_not_made(world, li, sent):
    client = Client()
    sign_in(client)
    assert client.post("/settings/keys", sent).status_code == 422
    assert not ApiToken.objects.exists()


def test_attack_67_no_secret_is_stored_open_or_told_anywhere(world, admin, li, caplog):
    client = Client()
    sign_in(client)
    secret, codes = switched_on(client)
    link = act(admin, "engine.user.reset", li.pk).secret
    key = tokens.issue(li, "test")
    boss = Client()
    sign_in(boss, "root")
    pages = [
        boss.get(f"/settings/{path}").content.decode()
        for path in (
            "people",
            f"people/{ids.show(li.pk)}",
            "history",
            "log",
            "roles",
            "company",
            "keys",
            "factor",
        )
    ]
    stored = [
        str(list(model.objects.values()))
        for model in (User, Authenticator, ApiToken, SignIn, HistoryEntry, AccessLog)
    ]
    stored += [str(row.get_decoded()) for row in Session.objects.all()]
    for hidden in (secret, *codes, link, key, PASSWORD):
        assert all(hidden not in text for text in (*pages, *stored, caplog.text)), hidden


def test_attack_67_a_sealed_secret_opens_under_its_own_key_alone(settings):
    sealed = seal.closed("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in sealed
    assert seal.opened(sealed) == "JBSWY3DPEHPK3PXP"
    settings.SECRET_KEY = "another"
    with pytest.raises(RuleBroken):
        seal.opened(sealed)


def test_every_sign_in_and_failure_stands_in_the_security_log_without_what_was_typed(world, admin, li):
    sign_in(Client(), "my password by mistake", "x")
    sign_in(Client(), "li", "wrong")
    sign_in(Client())
    kinds = list(
        AccessLog.objects.filter(kind__startswith="sign_in").order_by("pk").values_list("kind", "user_name")
    )
    assert kinds == [("sign_in_failed", ""), ("sign_in_failed", "李明"), ("sign_in", "李明")]
    assert not AccessLog.objects.filter(reason__contains="mistake").exists()


def test_the_present_password_cannot_be_guessed_from_an_open_session(world, li):
    client = Client()
    sign_in(client)
    for _ in range(5):
        assert client.post("/settings/password", {"oldpassword": "x", **NEW}).status_code == 422
    assert client.post("/settings/password", {"oldpassword": PASSWORD, **NEW}).status_code == 429
    assert sign_in(Client()).status_code == 302


def test_attack_68_a_forwarded_address_is_not_believed(world, li):
    for place in range(3):
        Client(REMOTE_ADDR="10.0.0.9").post(
            "/sign-in/",
            {"login": f"x{place}", "password": "wrong"},
            headers={"X-Forwarded-For": f"10.1.1.{place}"},
        )
    assert set(AccessLog.objects.values_list("address", flat=True)) == {"10.0.0.9"}
    page = (
        Client(REMOTE_ADDR="10.0.0.9")
        .get("/sign-in/", headers={"X-Forwarded-For": "10.7.7.7"})
        .content.decode()
    )
    assert 'name="captcha_1"' in page


@pytest.mark.parametrize("path", UNREACHABLE)
def test_attack_69_nothing_of_the_machinery_is_reachable(world, path):
    answer = Client().get(path)
    assert answer.status_code in (302, 404)
    assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("path", CHANGES)
def test_attack_63_every_change_needs_the_token_of_its_page(admin, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    assert client.post(path, {"name": "x", "password": PASSWORD}).status_code == 403
    assert client.post(path, {"name": "x"}, headers={"HX-Request": "true"}).status_code == 403
    assert client.post(path, "{}", content_type="text/plain").status_code == 403
