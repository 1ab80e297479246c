"""The two long steps of an import in pages: rehearse an upload, and bring it in. Both may be killed and go on."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kedang.engine.exchange import uploads
from kedang.engine.exchange.imports import ImportResult, RowOutcome, check_may_import, importable, run_import
from kedang.engine.exchange.models import ImportRun, ImportUpload, RehearsedRow
from kedang.engine.exchange.rows import ID
from kedang.engine.records.access import text_of
from kedang.engine.records.fields import FieldSpec
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.models import ScopedModel
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import NotVisible

KEPT_OF_A_KIND = 1_000
KINDS = ("created", "updated", "unchanged", "refused", "duplicate", "skipped")
Report = Callable[[int, int], None]


def rehearse(actor: Actor, upload_id: int, report: Report) -> dict[str, int]:
    """Say what each row of an upload would do; keep the counts and the first 1,000 rows of each kind.

    A rehearsal that was killed begins again: it stored nothing of the business.
    """
    upload = ImportUpload.objects.get(pk=upload_id, uploaded_by_id=actor.user_id)
    kind = RECORDS[upload.record]
    check_may_import(actor, kind)
    uploads.check_there(upload)
    upload.rows.all().delete()
    telling = _Telling(actor, kind, upload)
    with translation.override(actor.language):
        result = run_import(
            actor, kind, uploads.path_of(upload), uploads.mapping_of(upload), file_name=upload.file_name,
            dry_run=True, errors_out=_draft_of(uploads.errors_of(upload)), on_progress=report, shown_rows=0,
            on_rows=telling.keep, answers=upload.answers,
        )  # fmt: skip
    counts = {"rows": result.counts["rows"], **{name: telling.counts[name] for name in KINDS}}
    _draft_of(uploads.errors_of(upload)).replace(uploads.errors_of(upload))
    reasons = [[field, code, text, count] for (field, code), (text, count) in telling.reasons()]
    ImportUpload.objects.filter(pk=upload.pk).update(rehearsal={**counts, "reasons": reasons})
    return counts


def bring_in(actor: Actor, upload_id: int, report: Report) -> dict[str, int]:
    """Import an upload. One that was killed goes on after its last batch; one that is done does nothing."""
    upload = ImportUpload.objects.select_related("run").get(pk=upload_id, uploaded_by_id=actor.user_id)
    if upload.run is not None and upload.run.state != ImportRun.RUNNING:
        return dict(upload.run.counts)
    kind = RECORDS[upload.record]
    uploads.check_there(upload)

    def begin(run: ImportRun) -> None:
        ImportUpload.objects.filter(run=run).exclude(pk=upload.pk).update(run=None)
        ImportUpload.objects.filter(pk=upload.pk).update(run=run)

    with translation.override(actor.language):
        result: ImportResult = run_import(
            actor, kind, uploads.path_of(upload), uploads.mapping_of(upload), file_name=upload.file_name,
            on_progress=report, shown_rows=0, on_begin=begin, answers=upload.answers,
        )  # fmt: skip
    return dict(result.counts)


def answer(upload: ImportUpload, row_no: int, said: str) -> None:
    """Keep what a person wants done with a row that looks like a record there is."""
    with transaction.atomic():
        kept = ImportUpload.objects.select_for_update().get(pk=upload.pk)
        row = kept.rows.filter(row_no=row_no).first()
        known = {"skip", "create"} | {one["id"] for one in (row.suspects if row else []) if one["id"]}
        if row is None or said not in known:
            raise NotVisible(_("There is no such row."))
        kept.answers = {**kept.answers, str(row_no): said}
        kept.save(update_fields=["answers"])


def _draft_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.draft.xlsx")


class _Telling:
    """Keeps the outcomes of a rehearsal in the words of who rehearses."""

    def __init__(self, actor: Actor, kind: RecordType, upload: ImportUpload) -> None:
        self.actor, self.kind, self.upload = actor, kind, upload
        self.counts: Counter[str] = Counter()
        self._reasons: dict[tuple[str, str], tuple[str, int]] = {}
        self._known: dict[tuple[str, Any], str] = {}
        self._specs: dict[str, FieldSpec] = {spec.name: spec for spec in importable(actor, kind)}
        mapped = uploads.mapping_of(upload)
        shown = {name: source for name, source in mapped.columns.items() if name != ID}
        getters, _lines = mapped.getters(upload.found["headers"])
        self._take = [
            getters[name] for name, source in shown.items() if source.const is None and not source.offer
        ]
        self._offered = {name for name, source in shown.items() if source.offer}

    def keep(self, outcomes: list[RowOutcome]) -> None:
        """Count a batch of outcomes and store those that are among the first of their kind."""
        kept = []
        self._learn([one.pk for one in outcomes if one.pk is not None])
        for one in outcomes:
            self.counts[one.kind] += 1
            for problem in one.problems:
                text, count = self._reasons.get((problem.field, problem.code), (problem.text, 0))
                self._reasons[problem.field, problem.code] = (text, count + 1)
            if self.counts[one.kind] <= KEPT_OF_A_KIND:
                kept.append(self._row(one))
        RehearsedRow.objects.bulk_create(kept, batch_size=200)

    def reasons(self) -> list[tuple[tuple[str, str], tuple[str, int]]]:
        """Return why rows were refused, the most frequent first."""
        return sorted(self._reasons.items(), key=lambda one: -one[1][1])[:20]

    def _row(self, one: RowOutcome) -> RehearsedRow:
        told = one.changes if one.kind == "updated" else self._offered & one.changes.keys()
        changes = [(name, one.changes[name]) for name in told]
        return RehearsedRow(
            upload=self.upload, row_no=one.row, kind=one.kind, record_id=one.pk,
            title=self._known.get((self.kind.key, one.pk), ""),
            cells=[take(one.cells, one.row)[:200] for take in self._take],
            changes={name: [self._said(name, old), self._said(name, new)] for name, (old, new) in changes},
            problems=[[problem.field, problem.text[:300]] for problem in one.problems[:10]],
            suspects=[{"id": ids.show(s.pk) if s.pk else "", "title": s.title, "why": s.why} for s in one.suspects[:5]],
        )  # fmt: skip

    def _learn(self, pks: list[int]) -> None:
        """Look up what the records of a batch are called, while any of them may still be among the first."""
        if min(self.counts["updated"], self.counts["unchanged"]) < KEPT_OF_A_KIND:
            for pk, row in (
                self.kind.model.objects.visible_to(self.actor).in_bulk(pks[:KEPT_OF_A_KIND]).items()
            ):
                self._known[self.kind.key, pk] = str(row)[:200]

    def _said(self, name: str, value: Any) -> str:
        spec = self._specs.get(name)
        if value in (None, "") or spec is None:
            return (
                ""
                if value in (None, "") or not isinstance(value, list)
                else _("%(n)s lines") % {"n": len(value)}
            )
        if not spec.points_at:
            return text_of(spec, None, value)[:200]
        key = (spec.points_at, value)
        if key not in self._known:
            target: Any = spec.model_field.related_model
            rows = (
                target.objects.visible_to(self.actor) if issubclass(target, ScopedModel) else target.objects
            )
            self._known[key] = str(rows.filter(pk=value).first() or _("not yours to see"))[:200]
        return self._known[key]
