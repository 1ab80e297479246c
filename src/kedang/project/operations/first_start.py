"""The first start of a home without a company: name it, make its administrator, then departments, pack, numbers, files.

The first page asks for a code that only who started the server sees. Once there is a company, or anybody at all, it is
not there any more; the other pages go when the setup is finished.
"""

from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kedang.engine.actions.perform import perform
from kedang.engine.administration import numbers, outline
from kedang.engine.administration.company import company
from kedang.engine.administration.door import address_of
from kedang.engine.administration.models import Company
from kedang.engine.identity import failures
from kedang.engine.identity.models import Membership, Role, Stamp, Unit, User
from kedang.engine.identity.stamps import bump
from kedang.engine.installation import install, shipped
from kedang.engine.packs.active import active, said
from kedang.engine.request import KedangRequest
from kedang.kernel.actor import Actor, Grant
from kedang.kernel.errors import Invalid, RuleBroken
from kedang.kits.web.pages import shell, url_of
from kedang.kits.web.sign_in import rules_in_words
from kedang.packs.loader import library
from kedang.project import home
from kedang.project.acting import ADMINISTRATOR

STEPS = ("units", "pack", "numbers", "import")
MOST_TRIES = 10
FOUNDER = Actor(
    "Kedang", grants={f"engine.{kind}:create": Grant(everything=True) for kind in ("company", "unit", "user")}
)


class Founding(forms.Form):
    """Who the company is and who looks after it."""

    code = forms.CharField(max_length=60)
    company = forms.CharField(max_length=80)
    name = forms.CharField(max_length=40)
    username = forms.CharField(max_length=60)
    password1 = forms.CharField(strip=False, max_length=200)
    password2 = forms.CharField(strip=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules, and the two against one another."""
        data = self.cleaned_data
        first = data.get("password1", "")
        if first:
            try:
                validate_password(first, User(username=data.get("username", ""), name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        if first and data.get("password2") and first != data["password2"]:
            self.add_error("password2", _("The two are not the same."))
        return data


def untouched() -> bool:
    """Say whether this home waits for its first start: no company, nobody, no demo."""
    return not company().there and not home.is_demo() and not User.objects.exists()


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def found(request: KedangRequest) -> HttpResponse:
    """Ask for the company and its administrator, and make both."""
    if not untouched():
        raise Http404
    code = request.GET.get("code", "")
    form = Founding(request.POST or None, initial={"code": code})
    if request.method == "POST":
        tries = failures.count("start", address_of(request))
        if tries >= MOST_TRIES:
            form.add_error("code", _("That was wrong too often. Wait a quarter of an hour."))
        elif not constant_time_compare(request.POST.get("code", "").strip(), home.start_code()):
            failures.note("start", address_of(request))
            form.add_error("code", _("This is not the code. It stands where Kedang was started."))
        elif form.is_valid() and (user := _founded(form)) is not None:
            home.forget_start_code()
            login(request, user)
            return HttpResponseRedirect(reverse("start.step", kwargs={"step": STEPS[0]}))
    context = {"form": form, "rules": rules_in_words(), **shell(request)}
    return render(request, "operations/start.html", context, status=422 if request.method == "POST" else 200)


def _founded(form: Founding) -> User | None:
    """Make the company, its first department and its administrator: all, once, or nothing."""
    data = form.cleaned_data
    try:
        with transaction.atomic():
            Stamp.objects.get_or_create(key="company")
            Stamp.objects.select_for_update().get(key="company")
            if Company.objects.exists() or User.objects.exists():
                raise Http404
            perform(FOUNDER, "engine.company.create", None, {"name": data["company"]})
            top = perform(FOUNDER, "engine.unit.create", None, {"name": data["company"]}).record
            inputs = {
                "username": data["username"],
                "name": data["name"],
                "unit": top.pk,
                "admin_unit": top.pk,
            }
            user: User = perform(FOUNDER, "engine.user.create", None, inputs).record
            user.set_password(data["password1"])
            User.objects.filter(pk=user.pk).update(password=user.password, link="", link_until=None)
            Membership.objects.create(user=user, role=Role.objects.get(key=ADMINISTRATOR))
            bump("company")
            return user
    except Invalid as error:
        for problem in error.problems:
            form.add_error(problem.field if problem.field in form.fields else None, problem.text)
        return None


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: KedangRequest, step: str) -> HttpResponse:
    """Show and do one of the steps after the founding; each can be left for later."""
    if (
        step not in STEPS
        or not company().there
        or company().opened
        or not request.actor.may("engine.company", "change")
    ):
        raise Http404
    place = STEPS.index(step)
    problem = ""
    if request.method == "POST":
        try:
            DOES[step](request)
        except (Invalid, RuleBroken) as error:
            problem = " ".join(one.text for one in getattr(error, "problems", ())) or error.text
        else:
            if place + 1 < len(STEPS):
                return HttpResponseRedirect(reverse("start.step", kwargs={"step": STEPS[place + 1]}))
            goal = url_of("imports.new") if request.POST.get("import") else ""
            return HttpResponseRedirect(goal or reverse("desk"))
    context = {
        "step": step, "place": place + 1, "count": len(STEPS), "problem": problem,
        "typed": request.POST.get("lines", ""), **SHOWS[step](), **shell(request),
        "back": reverse("start.step", kwargs={"step": STEPS[place - 1]}) if place else "",
    }  # fmt: skip
    return render(request, "operations/step.html", context, status=422 if problem else 200)


def _units(request: KedangRequest) -> None:
    lines = outline.read(request.POST.get("lines", ""))
    top = Unit.objects.filter(parent=None).order_by("pk").first()
    with transaction.atomic():
        made: dict[int, int] = {}
        for place, (name, above) in enumerate(lines):
            parent = made[above] if above is not None else (top.pk if top else None)
            done = perform(request.actor, "engine.unit.create", None, {"name": name, "parent": parent})
            made[place] = done.record.pk


def _pack(request: KedangRequest) -> None:
    chosen = request.POST.get("pack", "general")
    if chosen not in library():
        raise RuleBroken(_("There is no such pack."))
    install(shipped([chosen]), by=request.actor.name)


def _numbers(request: KedangRequest) -> None:
    row = Company.objects.get()
    perform(request.actor, "engine.company.number", row.pk, {"template": request.POST.get("template", "")})


def _finish(request: KedangRequest) -> None:
    perform(request.actor, "engine.company.open", Company.objects.get().pk)


def _packs_shown() -> dict[str, Any]:
    language = "zh-hans"
    found = [
        (pack.key, said(pack.label, language), len(pack.customer_type), len(pack.level), len(pack.role))
        for pack in library().values()
    ]
    return {"packs": found}


def _numbers_shown() -> dict[str, Any]:
    rule = active().number_rule("customers.customer")
    return {"templates": numbers.samples(), "template": rule.template if rule else ""}


DOES = {"units": _units, "pack": _pack, "numbers": _numbers, "import": _finish}
SHOWS = {"units": dict, "pack": _packs_shown, "numbers": _numbers_shown, "import": dict}
