"""All that is held about one person, in words: what the person gets who asks for a copy.

It is read through the read door by who gives it out. Values that a role has masked are opened for it where the role
may reveal them, for they are the person's own; fields that the role never sees are named as left out, so that nobody
takes the copy for more than it is.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kedang.areas.customers.models import Contact, Customer
from kedang.engine.exchange.formulas import written
from kedang.engine.exchange.writer import write_table
from kedang.engine.files import content
from kedang.engine.files.models import Attachment
from kedang.engine.identity.models import RecordShare
from kedang.engine.ledger.models import AccessLog
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, shown, visible_fields
from kedang.engine.records.timeline import PAGE, history
from kedang.engine.records.types import RECORDS, RecordType, record_of
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import clock, ids
from kedang.kernel.actor import Actor, Mode
from kedang.kits.web.security_log import KINDS
from kedang.kits.web.story import verb

MOST = 5_000
FILES_BYTES = 100_000_000
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of what is held: its name, and for each record or event what there is to say about it."""

    key: str
    title: str
    entries: list[list[Fact]]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is held about one person, as far as who gives it out may see it."""

    key: str
    pk: int
    name: str
    sections: list[Section]
    withheld: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many records and events there are."""
        return sum(len(section.entries) for section in self.sections)


def is_person(row: ScopedModel) -> bool:
    """Say whether a record is a person: a contact, or a customer of a type that is one."""
    if isinstance(row, Contact):
        return True
    kind = active().customer_type(row.type_key) if isinstance(row, Customer) else None
    return kind is not None and kind.is_person


def gather(actor: Actor, row: Any) -> Dossier:
    """Return what is held about a person that the actor has opened."""
    kind = record_of(type(row))
    withheld: list[str] = []
    opened = _opening(actor, kind)
    own = [_facts(opened, kind, row, withheld)]
    if isinstance(row, Contact):
        own[0].append((_("Customer"), str(row.customer)))
    sections = [Section("facts", _("Facts"), own)]
    hanging: list[tuple[str, int]] = [(kind.key, row.pk)]
    for other in sorted(RECORDS.values(), key=lambda one: one.order):
        if not (pointing := _pointing(other, kind, row)):
            continue
        if not actor.may(other.key, "view"):
            withheld.append(_("%(label)s: your role does not see them") % {"label": other.label_plural})
            continue
        found = list(_naming(actor, other, pointing))
        if not found:
            continue
        if other.model is Contact:  # people of their own, with a right to their own copy
            withheld.append(_("%(label)s: data of other people") % {"label": other.label_plural})
            continue
        reading = _opening(actor, other)
        entries = [_facts(reading, other, one, withheld) + _lines(actor, other, one) for one in found]
        sections.append(Section(other.key, str(other.label_plural), entries))
        hanging += [(other.key, one.pk) for one in found]
    sections.append(Section("history", _("History"), list(_history(opened, kind, row.pk))))
    sections.append(Section("looks", _("Who looked at it"), list(_looks(kind, row.pk))))
    sections.append(Section("shares", _("Opened to"), list(_shares(kind, row))))
    files, names = _files(hanging)
    sections.append(Section("files", _("Attached files"), names))
    full = [section for section in sections if section.entries]
    return Dossier(kind.key, row.pk, str(row), full, list(dict.fromkeys(withheld)), files)


def as_json(made: Dossier, actor: Actor) -> str:
    """Return a dossier for programs: sections with entries of label and value."""
    body = {
        "about": {"record": made.key, "id": ids.show(made.pk), "name": made.name},
        "made_at": clock.now().isoformat(),
        "made_by": actor.name,
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "entries": [
                    [{"label": label, "value": value} for label, value in one] for one in section.entries
                ],
            }
            for section in made.sections
        ],
        "left_out": made.withheld,
        "files": [name for name, _digest in made.files],
    }
    return json.dumps(body, ensure_ascii=False, indent=2)


def as_table(made: Dossier) -> Iterator[list[str | int]]:
    """Yield a dossier for people: one row for each fact, under its section and number."""
    for section in made.sections:
        for number, entry in enumerate(section.entries, 1):
            for label, value in entry:
                yield [section.title, number, label, value]
    for number, text in enumerate(made.withheld, 1):
        yield [_("Left out"), number, "", text]


def as_zip(made: Dossier, actor: Actor) -> bytes:
    """Return a dossier as an archive: JSON, a sheet to read, and the files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", as_json(made, actor))
        sheet = io.BytesIO()
        heads = (_("Category"), _("No."), _("Item"), pgettext("of a fact", "Content"))
        write_table(sheet, "xlsx", heads, as_table(made))
        archive.writestr("data.xlsx", sheet.getvalue())
        for name, digest in made.files:
            archive.write(content.path_of(digest), f"files/{name}")
    return packed.getvalue()


def note(actor: Actor, made: Dossier, identity: str) -> None:
    """Write down that a person's data were given out, and how it was made sure who asked."""
    AccessLog.objects.create(
        at=clock.now(), user_id=actor.user_id, user_name=actor.name, kind="copy", record=made.key, record_id=made.pk,
        rows=made.rows, reason=identity.strip()[:300],
    )  # fmt: skip


def _opening(actor: Actor, kind: RecordType) -> Actor:
    """Return the actor with masks off for a type, where the role may reveal: the data are the person's own."""
    if not actor.may(kind.key, "reveal"):
        return actor
    masked = {
        f"{kind.key}.{name}": Mode.READ for name, mode in modes(actor, kind).items() if mode is Mode.MASK
    }
    return replace(actor, modes={**actor.modes, **masked}, silent=actor.silent - set(masked), known={})


def _facts(actor: Actor, kind: RecordType, row: Any, withheld: list[str]) -> list[Fact]:
    names = dict.fromkeys(
        (kind.title, *(name for panel in kind.panels for name in panel.fields), *kind.columns)
    )
    seen = visible_fields(actor, kind, names)
    values = [(spec, shown(actor, kind, row, spec.name)) for spec in seen]
    blind = [str(kind.fields[name].label) for name in names if kind.fields[name] not in seen]
    blind += [str(spec.label) for spec, value in values if value.masked]
    withheld += [f"{kind.label}: {label}" for label in blind]
    told = [(str(spec.label), said(value.value, value.text)) for spec, value in values if value.text]
    if row.archived_at is not None:
        told.append((_("Archived"), said(row.archived_at, "")))
    return told


def said(value: Any, text: str) -> str:
    """Return a value in words: days and times as they are written everywhere."""
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.ZONE):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else text


def _pointing(other: RecordType, kind: RecordType, row: Any) -> Q:
    """Return what makes a record of a type name a person; empty when none can."""
    pointing = Q()
    for column in other.model._meta.concrete_fields:
        if column.related_model is kind.model:
            pointing |= Q(**{column.name: row.pk})
    return pointing


def _naming(actor: Actor, other: RecordType, pointing: Q) -> Iterator[Any]:
    """Yield the records that name a person, those in the archive hold too where the actor may look there."""
    names = other.needs_select(tuple(other.own_fields))
    for held in (False, True):
        if not held or actor.may(other.key, "archive"):
            rows = other.model.objects.visible_to(actor, archived=held).filter(pointing)
            yield from rows.select_related(*names).order_by("pk")[:MOST]


def _lines(actor: Actor, kind: RecordType, row: Any) -> list[Fact]:
    if kind.lines is None:
        return []
    declared = kind.lines
    specs = [declared.specs[name] for name in declared.fields if name != declared.order_by]
    rows = declared.model.objects.visible_to(actor, archived=row.archived_at is not None)
    rows = rows.filter(**{declared.parent: row.pk}).select_related(
        *(spec.name for spec in specs if spec.points_at)
    )
    found = []
    for number, line in enumerate(rows.order_by(declared.order_by), 1):
        values = [(spec, getattr(line, spec.name if spec.points_at else spec.attname)) for spec in specs]
        told = _(", ").join(f"{spec.label} {value}" for spec, value in values if value not in (None, ""))
        found.append((f"{declared.label} {number}", told))
    return found


def _history(actor: Actor, kind: RecordType, pk: int) -> Iterator[list[Fact]]:
    before: int | None = None
    while True:
        found = history(actor, kind, pk, before=before)
        for entry, changes in found[:PAGE]:
            told = [(_("When"), said(entry.at, "")), (_("Who"), entry.actor_name)]
            told.append((_("What was done"), str(verb(entry.action, created=entry.seq == 1))))
            if entry.reason:
                told.append((_("Reason"), entry.reason))
            yield told + [
                (str(change.label), f"{change.old or '—'} → {change.new or '—'}") for change in changes
            ]
        if len(found) <= PAGE:
            return
        before = found[PAGE - 1][0].seq


def _looks(kind: RecordType, pk: int) -> Iterator[list[Fact]]:
    for look in AccessLog.objects.filter(record=kind.key, record_id=pk).order_by("-pk")[:MOST]:
        told = [(_("When"), said(look.at, "")), (_("Who"), look.user_name)]
        told.append((_("What was done"), str(KINDS.get(look.kind, look.kind))))
        if look.field in kind.fields:
            told.append((_("Item"), str(kind.fields[look.field].label)))
        if look.reason:
            told.append((_("Reason"), look.reason))
        yield told


def _shares(kind: RecordType, row: Any) -> Iterator[list[Fact]]:
    opened = Q(record=kind.key, record_id=row.pk)
    if kind.follows:
        above = kind.fields[kind.follows].points_at
        opened |= Q(record=above, record_id=getattr(row, f"{kind.follows}_id"))
    for one in RecordShare.objects.filter(opened).select_related("user").order_by("given_at"):
        told = [(_("Opened at"), said(one.given_at, "")), (_("Colleague"), str(one.user))]
        if one.until:
            told.append((_("Until"), said(one.until, "")))
        if one.reason:
            told.append((_("Reason"), one.reason))
        yield told


def _files(hanging: list[tuple[str, int]]) -> tuple[list[tuple[str, str]], list[list[Fact]]]:
    """Return the newest version of each file with the name it gets in the archive, and what the list says of them."""
    files: list[tuple[str, str]] = []
    told: list[list[Fact]] = []
    size = 0
    for key, pk in hanging:
        kept = Attachment.objects.filter(record=key, record_id=pk, removed_at=None)
        for one in kept.prefetch_related("versions").order_by("pk"):
            newest = max(one.versions.all(), key=lambda version: version.no)
            entry = [(_("File"), newest.name), (_("When"), said(newest.at, "")), (_("Who"), newest.by_name)]
            told.append([*entry, (_("Size"), f"{newest.size}")])
            size += newest.size
            if size <= FILES_BYTES:
                files.append((f"{len(files) + 1:02}-{_plain(newest.name)}", newest.digest))
    return files, told


def _plain(name: str) -> str:
    """Return a file's name without anything that would lead elsewhere when it is unpacked."""
    return "".join(letter for letter in written(name) if letter not in '/\\:*?"<>|\0').lstrip(".") or "file"
