"""Bring records in from a CSV or XLSX file: as --as USER, resumable, with a rehearsal and an undo."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from django.utils.translation import gettext as _

from kedang.engine.exchange.imports import ImportResult, RowOutcome, run_import
from kedang.engine.exchange.mapping import read_mapping
from kedang.engine.exchange.models import ImportProblem
from kedang.engine.exchange.suspects import CREATE, SKIP, Suspected
from kedang.engine.exchange.undo import undo_import
from kedang.engine.records.types import RECORDS, RecordType, by_plural
from kedang.kernel import ids
from kedang.kernel.actor import Actor
from kedang.kernel.errors import Invalid, NotVisible, Problem
from kedang.project.acting import acting
from kedang.project.answers import Answer

LISTED = 20
PAUSE = 0.5


def add_arguments(parser: ArgumentParser) -> None:
    """Add the record type, the file, and what to do with it."""
    parser.add_argument("record", nargs="?", metavar="RECORD", help="what the rows are: customers, orders …")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a CSV or XLSX file")
    parser.add_argument("--mapping", type=Path, metavar="M", help="a TOML file that maps columns to fields")
    parser.add_argument("--dry-run", action="store_true", help="say what each row would do; write nothing")
    parser.add_argument("--errors", type=Path, metavar="OUT", help="write refused rows here, .csv or .xlsx")
    parser.add_argument(
        "--fresh", action="store_true", help="begin again, even if an earlier run was stopped"
    )
    parser.add_argument(
        "--duplicates", choices=(SKIP, CREATE),
        help="look for rows like a record there is, and leave them out or file them all the same",
    )  # fmt: skip
    parser.add_argument(
        "--answer", action="append", default=[], metavar="ROW=WHAT",
        help="with --duplicates: skip, create, or the id to fill in, for one row; may be given several times",
    )  # fmt: skip
    parser.add_argument("--undo", metavar="RUN", help="take back the import of this id")


def run(options: Namespace) -> Answer:
    """Import the file, or take an import back."""
    actor = acting(options)
    if options.undo:
        return _undo(actor, options.undo)
    if options.record is None or options.file is None:
        raise Invalid(
            _("Name the record type and the file."), [Problem("file", _("This field is required."))]
        )
    kind = record_named(options.record)
    answers = _answers(options)
    began = monotonic()
    result = run_import(
        actor,
        kind,
        options.file,
        read_mapping(options.mapping) if options.mapping else None,
        file_name=options.file.name,
        dry_run=options.dry_run,
        errors_out=options.errors,
        resume=not options.fresh,
        on_progress=None if options.json or not sys.stderr.isatty() else _progress(),
        shown_rows=LISTED * 50,
        answers=answers,
        otherwise=options.duplicates or SKIP,
    )
    return _answer(kind, options, result, monotonic() - began)


def _answers(options: Namespace) -> dict[str, str] | None:
    """Return what was said of single rows; None where nobody wants to hear of duplicates."""
    found: dict[str, str] = {}
    for said in options.answer:
        row, _sign, what = said.partition("=")
        if not row.isdecimal() or not (what in (SKIP, CREATE) or _is_id(what)):
            text = _("Say --answer ROW=skip, ROW=create or ROW=ID, not “%(said)s”.") % {"said": said}
            raise Invalid(text, [Problem("answer", text)])
        found[row] = what
    if found and not options.duplicates:
        text = _("--answer needs --duplicates.")
        raise Invalid(text, [Problem("answer", text)])
    return found if options.duplicates else None


def _is_id(text: str) -> bool:
    try:
        ids.read(text)
    except ValueError:
        return False
    return True


def record_named(name: str) -> RecordType:
    """Return the record type of a plural or key; raise NotVisible with those there are."""
    kind = by_plural(name) or RECORDS.get(name)
    if kind is None:
        known = ", ".join(sorted(record.plural for record in RECORDS.values()))
        text = _("There is no record type %(name)s; there are: %(known)s.")
        raise NotVisible(text % {"name": name, "known": known})
    return kind


def _answer(kind: RecordType, options: Namespace, result: ImportResult, seconds: float) -> Answer:
    run_id = ids.show(result.run.pk) if result.run else None
    counts = result.counts
    problems = _problems(result)
    data: dict[str, Any] = {
        "record": kind.key, "file": options.file.name, "run": run_id, "dry_run": options.dry_run, **counts,
        "seconds": round(seconds, 2), "longest_hold_ms": round(result.longest_hold * 1000), "problems": problems,
    }  # fmt: skip
    if options.dry_run:
        data["outcomes"] = [_outcome(row) for row in result.rows]
    if options.errors:
        data["errors"] = str(options.errors)
    lines = [_summary(options.dry_run) % counts, *(_line(problem) for problem in problems)]
    if options.duplicates:
        data["alike"] = result.alike
        data["suspected"] = [_suspected(one) for one in result.suspected]
        lines += _alike(result)
    if counts["refused"] > len({problem["row"] for problem in problems}):
        lines.append(_("… and more; --errors OUT writes all of them."))
    if run_id:
        lines.append(_("Take it back with: kedang import --undo %(run)s") % {"run": run_id})
    stored = counts["created"] + counts["updated"] + counts["unchanged"] + counts["skipped"]
    return Answer("\n".join(lines), data, done=bool(stored or not counts["refused"]))


def _summary(rehearsed: bool) -> str:
    if rehearsed:
        return _(
            "Rehearsed, nothing written. %(rows)s rows: %(created)s to create, %(updated)s to update, "
            "%(unchanged)s unchanged, %(skipped)s skipped, %(refused)s refused."
        )
    return _(
        "%(rows)s rows: %(created)s created, %(updated)s updated, %(unchanged)s unchanged, %(skipped)s skipped, "
        "%(refused)s refused."
    )


def _problems(result: ImportResult) -> list[dict[str, Any]]:
    if result.run is not None:
        stored = ImportProblem.objects.filter(run=result.run).order_by("row_no", "pk")[:LISTED]
        return [{"row": one.row_no, "field": one.field, "code": one.code, "text": one.text} for one in stored]
    found = [
        {"row": row.row, "field": one.field, "code": one.code, "text": one.text}
        for row in result.rows
        for one in row.problems
    ]
    return found[:LISTED]


def _line(problem: dict[str, Any]) -> str:
    where = _("row %(row)s") % {"row": problem["row"]}
    return (
        f"  {where}, {problem['field']}: {problem['text']}"
        if problem["field"]
        else f"  {where}: {problem['text']}"
    )


def _suspected(one: Suspected) -> dict[str, Any]:
    like = [{"id": ids.show(s.pk) if s.pk else "", "title": s.title, "why": s.why} for s in one.suspects]
    return {"row": one.row, "done": one.done, "like": like}


def _alike(result: ImportResult) -> list[str]:
    """Name the rows that look like records there are, the surest of these, and what was done."""
    if not result.alike:
        return [_("No new row looks like a record on file.")]
    done = {SKIP: _("left out"), CREATE: _("filed all the same")}
    lines = [_("Rows that look like a record on file: %(count)s") % {"count": result.alike}]
    for one in result.suspected[:LISTED]:
        first = one.suspects[0]
        text = _("  row %(row)s: %(title)s, %(why)s → %(done)s")
        filled = _("filled into it")
        title = f"{first.title} ({ids.show(first.pk)})" if first.pk else first.title
        lines.append(
            text % {"row": one.row, "title": title, "why": first.why, "done": done.get(one.done, filled)}
        )
    if result.alike > LISTED:
        lines.append(_("… and more; --json names the first %(count)s.") % {"count": len(result.suspected)})
    return lines


def _outcome(row: RowOutcome) -> dict[str, Any]:
    return {
        "row": row.row,
        "outcome": row.kind,
        "id": ids.show(row.pk) if row.pk else None,
        "changes": {name: {"old": old, "new": new} for name, (old, new) in row.changes.items()},
        "problems": [{"field": one.field, "code": one.code, "text": one.text} for one in row.problems],
    }


def _progress() -> Callable[[int, int], None]:
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last > PAUSE or done == total:
            last = monotonic()
            sys.stderr.write(f"\r{done} / {total}" + ("\n" if done == total else ""))
            sys.stderr.flush()

    return tell


def _undo(actor: Actor, shown: str) -> Answer:
    try:
        run_id = ids.read(shown)
    except ValueError as error:
        raise NotVisible(_("There is no such import, or it is not yours.")) from error
    facts = undo_import(actor, run_id).facts()
    text = _("Taken back: %(archived)s to the archive hold, %(reverted)s to their old values, %(left)s left.")
    listed = [f"  {one['title'] or one['id']}: {one['why']}" for one in facts["listed"][:LISTED]]
    return Answer("\n".join([text % facts, *listed]), {"run": shown, **facts})
