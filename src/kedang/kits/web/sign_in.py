"""Signing in by name and password, with a question after some failures, and a new password by a link."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kedang.engine.administration import sessions
from kedang.engine.administration.company import company
from kedang.engine.administration.door import address_of
from kedang.engine.identity import failures, links
from kedang.engine.identity.models import User
from kedang.engine.ledger import looks
from kedang.engine.request import KedangRequest
from kedang.kernel.actor import Actor
from kedang.kits.web import letters
from kedang.kits.web.pages import shell


class SignInForm(LoginForm):  # type: ignore[misc]  # the package has no types
    """Name and password; the question is asked before the password is looked at, of known and unknown names alike."""

    def asks(self) -> bool:
        """Say whether this address or this name has failed too often to go without the question."""
        after = company().captcha_after
        name = str(self.data.get("login", "")) if self.is_bound else ""
        tries = max(failures.count("address", address_of(self.request)), failures.count("name", name))
        return tries >= after

    def clean(self) -> dict[str, Any]:
        if self.asks():
            answer = str(self.data.get("captcha_1", ""))
            if not letters.right(str(self.data.get("captcha_0", "")), answer):
                failures.note("address", address_of(self.request))
                self.add_error(None, self._said(answer))
                return dict(self.cleaned_data)
        return dict(super().clean())

    def _said(self, answer: str) -> str:
        return (
            _("The answer to the question is not right; here is another one.")
            if answer
            else _("Answer the question too.")
        )


class SignIn(LoginView):  # type: ignore[misc]  # the package has no types
    """The sign-in page. Coming back to it from the second factor begins anew."""

    def _redirect_to_pending_stage(self, request: KedangRequest, stage: Any) -> None:
        clear_login(request)

    def post(self, request: KedangRequest, *args: Any, **kwargs: Any) -> Any:
        """Sign in, or only bring another question where the page has no script."""
        if request.POST.get("letters"):
            form = self.get_form_class()(request=request, initial={"login": request.POST.get("login", "")})
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the company and, where it is due, the question."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        form = found["form"]
        if form.asks() or self.request.POST.get("letters"):
            wanted = self.request.POST.get("letters") or self.request.POST.get(
                "captcha_kind", letters.PICTURE
            )
            found["question"] = letters.ask(self.request, wanted)
        return found | shell(self.request)


class NewPassword(forms.Form):
    """A new password, twice."""

    password1 = forms.CharField(strip=False, max_length=200)
    password2 = forms.CharField(strip=False, max_length=200)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password1(self) -> str:
        """Hold the password against the rules."""
        password = str(self.cleaned_data["password1"])
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        data = self.cleaned_data
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", ValidationError(_("The two are not the same.")))
        return data


def rules_in_words() -> list[str]:
    """Return what a password must be, one sentence a rule."""
    return password_validators_help_texts()


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def by_link(request: KedangRequest, secret: str) -> HttpResponse:
    """Set a password through a link that an administrator made: once, and within a day."""
    user = links.owner_of(secret)
    if user is None:
        return render(request, "account/link_ended.html", shell(request), status=404)
    form = NewPassword(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data["password1"])
        User.objects.filter(pk=user.pk).update(password=user.password)
        links.end(user)
        sessions.end(user)
        failures.forget("name", user.username)
        looks.note(Actor(user.name, user.pk), "password", "engine.user", user.pk, address=address_of(request))
        messages.success(request, _("The password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("account_login"))
    context = {"form": form, "person": user, "rules": rules_in_words(), **shell(request)}
    return render(request, "account/link.html", context, status=422 if request.method == "POST" else 200)
