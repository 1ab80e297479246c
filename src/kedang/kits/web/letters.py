"""The question that keeps programs from guessing passwords: letters in a picture, or a small sum in words."""

import secrets
from dataclasses import dataclass

from captcha.models import CaptchaStore
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kedang.engine.administration.door import address_of
from kedang.engine.identity import failures
from kedang.kernel import clock

PICTURE, WORDS = "picture", "words"
CLEAR = "ACEFHJKMNPRTWXY3479"  # letters that nobody takes for one another
LENGTH = 4
MOST = 60  # questions for one address in a quarter of an hour
NUMBERS = (
    gettext_lazy("one"), gettext_lazy("two"), gettext_lazy("three"), gettext_lazy("four"), gettext_lazy("five"),
    gettext_lazy("six"), gettext_lazy("seven"), gettext_lazy("eight"), gettext_lazy("nine"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its key, and a picture or words."""

    key: str
    kind: str
    image: str = ""
    words: str = ""


def in_a_picture() -> tuple[str, str]:
    """Return what the picture shows and what is to be typed."""
    text = "".join(secrets.choice(CLEAR) for _place in range(LENGTH))
    return text, text.lower()


def ask(request: HttpRequest, kind: str = PICTURE) -> Question:
    """Make a new question; an address that asks for very many gets an unanswerable one."""
    CaptchaStore.remove_expired()
    if failures.note("letters", address_of(request)) > MOST:
        return Question("", kind, words=_("Too many questions were asked. Wait a quarter of an hour."))
    if kind == WORDS:
        first, second = secrets.randbelow(9), secrets.randbelow(9)
        row = CaptchaStore.objects.create(
            challenge=f"{first + 1}+{second + 1}", response=str(first + second + 2)
        )
        text = _("How much is %(first)s plus %(second)s? Answer in digits.")
        return Question(row.hashkey, kind, words=text % {"first": NUMBERS[first], "second": NUMBERS[second]})
    key = CaptchaStore.generate_key()
    return Question(key, PICTURE, image=reverse("captcha-image", kwargs={"key": key}))


def right(key: str, answer: str) -> bool:
    """Say whether a question was answered; each one counts once, right or wrong."""
    found = CaptchaStore.objects.filter(hashkey=key, expiration__gt=clock.now()).first()
    if found is None:
        return False
    spent = CaptchaStore.objects.filter(pk=found.pk).delete()[0]
    return bool(spent) and found.response == answer.strip().lower()


@login_not_required
@require_POST
def another(request: HttpRequest, kind: str) -> HttpResponse:
    """Answer with another question, for the page that is open."""
    asked = ask(request, WORDS if kind == WORDS else PICTURE)
    data = {"key": asked.key, "kind": asked.kind, "image": asked.image, "words": asked.words}
    return JsonResponse(data, headers={"Cache-Control": "no-store"})
