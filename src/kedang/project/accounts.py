"""Sign-in: by name and password, for people an administrator made. Nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kedang.engine.identity import seal


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the package has no types
    """Closes sign-up and says what became of a switched-off account; the rest is the package's."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: an administrator makes users."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing of the package's own: Kedang speaks for itself, in the reader's language."""

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Tell somebody who knew the password that the account is switched off."""
        messages.error(request, _("This account is switched off. Ask an administrator."))
        return redirect("account_login")


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # the package has no types
    """Keeps the secrets of second factors sealed under the key of this home: a copied database opens nothing."""

    def encrypt(self, text: str) -> str:
        return seal.closed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return seal.opened(encrypted_text)
