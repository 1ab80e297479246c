"""What happens to customers and contacts on their way through the write door."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kedang.areas.customers import relations, rules, selectors
from kedang.areas.customers.models import Contact, Customer
from kedang.engine.actions import sharing
from kedang.engine.actions.drafts import Draft
from kedang.engine.actions.generic import spec
from kedang.engine.actions.registry import ActionSpec, Input, action, add
from kedang.engine.actions.work import Work
from kedang.engine.approvals.models import Approval
from kedang.engine.merging import act as merging
from kedang.engine.packs.active import active
from kedang.engine.records import hidden
from kedang.engine.records.types import record_of
from kedang.engine.scope.doors import writing
from kedang.engine.scope.reach import record_key
from kedang.kernel import clock, codes, companies, likeness, places, regions, text
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotAllowed, Problem, RuleBroken

FILE_IN = "customers.customer.file_in"
PHONES = ("phone", "fax", "mobile")


def tidy_customers(work: Work, drafts: list[Draft]) -> None:
    """Bring names, codes and phones into their one form, and check what the customer type requires."""
    pack = active()
    for draft in drafts:
        customer: Any = draft.record
        if draft.alters("name"):
            customer.name = text.tidy(customer.name)
            customer.name_sort = text.sort_key(customer.name)
            customer.sound_key = likeness.sound_key(customer.name)
            customer.trade_key = likeness.trade_key(customer.name)
        if draft.alters("address"):
            customer.address_key = likeness.address_key(customer.address)
        if draft.alters("credit_code") and customer.credit_code:
            _check_code(draft)
        if draft.alters("tax_number") and customer.tax_number:
            _check_tax_number(draft)
        if draft.alters("place"):
            _place(draft)
        _tidy_phones(draft)
        _offer_region(draft)
        if draft.alters("country") and customer.country:
            customer.country = customer.country.upper()
        kind = pack.customer_type(customer.type_key)
        if kind is not None:
            _check_required(draft, kind.required)


def tidy_contacts(work: Work, drafts: list[Draft]) -> None:
    """Bring names and phones into their one form. A contact belongs to the customer's unit."""
    for draft in drafts:
        contact: Any = draft.record
        if draft.alters("name"):
            contact.name = text.tidy(contact.name)
            contact.name_sort = text.sort_key(contact.name, person=True)
        _tidy_phones(draft)


def check_influences(work: Work, drafts: list[Draft]) -> None:
    """A line runs between two different people of its customer."""
    named = {pk for draft in drafts for pk in _ends(draft)}
    homes = dict(Contact.objects.visible_to(work.actor).filter(pk__in=named).values_list("pk", "customer_id"))
    for draft in drafts:
        line: Any = draft.record
        if not draft.alters("customer", "source", "target"):
            continue
        for name in ("source", "target"):
            end = getattr(line, f"{name}_id")
            if end in homes and homes[end] != line.customer_id:
                draft.refuse(name, _("Choose a contact of this customer."))
        if line.source_id is not None and line.source_id == line.target_id:
            draft.refuse("target", _("Choose somebody else: a line runs between two people."))


def _ends(draft: Draft) -> set[int]:
    line: Any = draft.record
    return {pk for pk in (line.source_id, line.target_id) if pk is not None}


def locked_fields(draft: Draft) -> frozenset[str]:
    """Return the fields of a file that only change with a manager's approval, as packs and settings now say."""
    pack, customer = active(), draft.record
    kind = pack.customer_type(customer.type_key)  # type: ignore[attr-defined]
    every = draft.kind.form_fields
    return rules.locked_now(
        kind.locked if kind else (), every, all_locked=bool(pack.setting("file.all_fields_locked"))
    )


def check_filing(customer: Any, *, client_signer: str = "") -> None:
    """Raise what stands in the way of counting a file as filed."""
    kind = active().customer_type(customer.type_key)
    if customer.filed_at is not None:
        raise RuleBroken(_("This file has passed its entry check already."))
    fault = rules.fault_of_filing(kind.signatures if kind else (), client_signer)
    if fault == "none":
        raise RuleBroken(_("Files of this type need no entry check."))
    if fault == "client":
        text = _("Say who signed for the customer, and keep the signed paper with the file.")
        raise Invalid(text, [Problem("client_signer", text, "required")])


def _wants_check(customer: Any) -> bool:
    kind = active().customer_type(customer.type_key)
    return customer.filed_at is None and kind is not None and bool(kind.signatures)


@action(FILE_IN, record=Customer, approval=True, label=gettext_lazy("Submit for the entry check"),
        icon="sign", before=check_filing, offered=_wants_check,
        inputs={"client_signer": Input(gettext_lazy("Signed for the customer by"), required=False)})  # fmt: skip
def file_in(work: Work, customer: Customer, *, client_signer: str = "") -> None:
    """Count a file as filed: its handler submitted it and the direct leader approved; both stand in the history."""
    check_filing(customer, client_signer=client_signer)
    customer.filed_at, customer.client_signer = clock.now(), client_signer.strip()[:40]
    work.save(customer)


@action("customers.customer.share", record=Customer, label=gettext_lazy("Work on it together"), icon="user",
        inputs={"user": Input(gettext_lazy("Colleague"), "user"),
                "may_change": Input(gettext_lazy("May also change it"), "boolean", required=False),
                "until": Input(gettext_lazy("Until (empty: without end)"), "date", required=False)})  # fmt: skip
def share(
    work: Work, customer: Customer, *, user: int, may_change: bool = False, until: date | None = None
) -> None:
    """Open a customer's file, and what hangs on it, to a colleague."""
    _own_or_manage(work, customer)
    sharing.share(work, customer, user, may_change=may_change, until=until)


@action("customers.customer.unshare", record=Customer, label=gettext_lazy("End working together"), icon="x",
        inputs={"user": Input(gettext_lazy("Colleague"), "user")})  # fmt: skip
def unshare(work: Work, customer: Customer, *, user: int) -> None:
    """Close a customer's file to a colleague."""
    _own_or_manage(work, customer)
    sharing.unshare(work, customer, user)


def _open_for(work: Work, customer: Customer, *, user: int, days: int) -> None:
    """Open a file to the colleague who asked, for some days from today; each look of theirs is written down."""
    sharing.share(work, customer, user, may_change=False, until=clock.today() + timedelta(days=days - 1))


OPEN_FOR = ActionSpec(
    "customers.customer.open_for", Customer, "approve", gettext_lazy("Open the file for a time"), _open_for,
    internal=True, by_signer=True, releases=True,
    inputs={"user": Input(gettext_lazy("Colleague"), "user"), "days": Input(gettext_lazy("Days"), "integer")},
)  # fmt: skip
add(OPEN_FOR)


def ask_access(actor: Actor, named: str, days: int | None, reason: str) -> Approval:
    """Ask the managers of a file that the actor does not see to open it, by its number, code or exact name.

    Raise Invalid for what was typed wrongly, RuleBroken where there is no such file, where it is open already or was
    asked for already. That a file exists is told to who names it exactly, counted and limited (ruling 28).
    """
    if faults := rules.faults_of_asking(named, days, reason):
        words = {
            "named": _("Give the file number, the code or the exact name."),
            "days": _("Between 1 and %(most)s days.") % {"most": rules.LONGEST_ACCESS_DAYS},
            "reason": _("Say why."),
        }
        raise Invalid(_("Some fields need another look."), [Problem(name, words[name]) for name in faults])
    with transaction.atomic(), writing("customers.customer.ask_access"):
        customer = selectors.named_exactly(named)
        if customer is None:
            raise RuleBroken(_("There is no file with this number, code or exact name."))
        if Customer.objects.visible_to(actor).filter(pk=customer.pk).exists():
            raise RuleBroken(_("This file is open to you already."))
        hidden.count_hits(actor, record_key(Customer), 1, "ask_access")
        asked: Approval = spec("engine.approval.ask").body(
            Work(actor, "engine.approval.ask", "create", reason), customer, kind=record_of(Customer), action=OPEN_FOR,
            inputs={"user": actor.user_id, "days": days}, reason=reason, subject=named,
        )  # fmt: skip
    return asked


@action("customers.customer.merge", record=Customer, label=gettext_lazy("Merge"), icon="swap", page="merge",
        inputs={"other": Input(gettext_lazy("The other file"), "record"),
                "take": Input(gettext_lazy("Fields to take from it"), required=False)})  # fmt: skip
def merge(work: Work, customer: Customer, *, other: int, take: str = "") -> None:
    """Merge another file into this one, which keeps its number; a branch is never merged into its company."""
    gone = work.load(Customer, other)
    if companies.compare(customer.name, gone.name).kind == companies.BRANCH:
        raise RuleBroken(_("One of the two is a branch of the other: both keep a file of their own."))
    left = relations.settle(work, customer, gone) if gone.pk != customer.pk else []
    done = merging.merge(work, customer, gone.pk, [name for name in take.split(",") if name])
    relations.remember(done, left)


@action("customers.customer.unmerge", record=Customer, label=gettext_lazy("Undo a merge"), quiet=True,
        inputs={"merge": Input(gettext_lazy("Merge"), "record")})  # fmt: skip
def unmerge(work: Work, customer: Customer, *, merge: int) -> None:
    """Take a merge back; what changed since stays and is listed."""
    aside = relations.untouched(customer.pk, merge)
    relations.bring_back(work, merging.unmerge(work, customer, merge), aside)


@action("customers.customer.keep_apart", record=Customer, label=gettext_lazy("Not the same"), quiet=True,
        inputs={"other": Input(gettext_lazy("The other file"), "record")})  # fmt: skip
def keep_apart(work: Work, customer: Customer, *, other: int) -> None:
    """Remember that two files are not the same."""
    merging.keep_apart(work, customer, other)


def _own_or_manage(work: Work, customer: Customer) -> None:
    """A collaborator may change a file, but not open it to others."""
    may_assign = Customer.objects.visible_to(work.actor, "assign").filter(pk=customer.pk)
    if customer.owner_id != work.actor.user_id and not may_assign.exists():
        raise NotAllowed(_("Only the owner or a manager opens a file to others."))


def _check_code(draft: Draft) -> None:
    customer: Any = draft.record
    checked = codes.check_credit_code(customer.credit_code)
    customer.credit_code = checked.code
    for finding in checked.problems:
        offers = codes.suggest(checked.code)
        told = _(finding.text) % finding.data
        if offers:
            told = _("%(told)s Perhaps: %(offers)s.") % {"told": told, "offers": _(", ").join(offers)}
        draft.refuse("credit_code", told, "credit_code", offers)
    for finding in checked.warnings if checked.valid else ():
        draft.warn("credit_code", _(finding.text) % finding.data, finding.code)


def _place(draft: Draft) -> None:
    """Bring a location into its one form, and keep it in WGS-84 beside."""
    customer: Any = draft.record
    customer.latitude = customer.longitude = None
    if not customer.place:
        return
    try:
        point = places.read(customer.place)
    except ValueError as error:
        draft.refuse("place", _(str(error)), "place")
        return
    plain = places.moved(point, places.WGS84)
    customer.place = str(point)
    customer.latitude, customer.longitude = (
        Decimal(f"{plain.latitude:.6f}"),
        Decimal(f"{plain.longitude:.6f}"),
    )


def _tidy_phones(draft: Draft) -> None:
    for name in PHONES:
        if name in draft.kind.own_fields and draft.alters(name):
            _tidy_phone(draft, name)


def _tidy_phone(draft: Draft, name: str) -> None:
    typed = getattr(draft.record, name)
    if not typed:
        return
    checked = codes.check_phone(typed)
    setattr(draft.record, name, checked.canonical or typed)
    for finding in checked.problems:
        draft.refuse(name, _(finding.text) % finding.data, "phone")
    for finding in checked.warnings:
        draft.warn(name, _(finding.text) % finding.data, finding.code)


def _check_tax_number(draft: Draft) -> None:
    customer: Any = draft.record
    checked = codes.check_tax_number(customer.tax_number)
    customer.tax_number = checked.code
    for finding in checked.problems:
        draft.refuse("tax_number", _(finding.text) % finding.data, "tax_number")


def region_of(values: Mapping[str, Any]) -> str:
    """Return the region that an address, or the area code of a phone, names; an empty text if unsure."""
    phone = str(values.get("phone") or "")
    return regions.guess(
        str(values.get("address") or ""), codes.check_phone(phone).canonical if phone else ""
    )


def _offer_region(draft: Draft) -> None:
    """A region that the address or the area code names is offered; nothing is filled in unasked."""
    customer: Any = draft.record
    if customer.region_code or not draft.alters("address", "phone", "region_code"):
        return
    if guess := regions.guess(customer.address, customer.phone):
        text = _("No region is entered; by the address or the phone it is %(region)s.")
        draft.warn("region_code", text % {"region": regions.name_of(guess)}, "region", (guess,))


def _check_required(draft: Draft, required: tuple[str, ...]) -> None:
    """A file that was complete enough when it was filed is not held up over an unrelated change."""
    values = {name: draft.value(name) for name in (*required, "pool")}
    for name in rules.missing_fields(required, values):
        if draft.alters(name, "type_key"):
            draft.refuse(name, _("This field is required for this type of customer."), "required")
