"""What a role may not read is in no answer: no page, list, form, history, export, picker, error or API body."""

import html
from collections.abc import Iterator
from typing import Any

import pytest

from generic.marks import mark_of, markable, put, tells, told
from generic.visit import Company, Visit, Walk
from kedang.engine.actions.work import Work
from kedang.engine.exchange.exports import export_rows
from kedang.engine.records.types import RECORDS, RecordType
from kedang.engine.scope.doors import writing
from kedang.kernel import ids
from kedang.kernel.actor import Mode, Span

pytestmark = pytest.mark.django_db
EVERYTHING = Walk("everything", Span.ALL, Span.ALL)
KINDS = [pytest.param(kind, id=kind.plural) for kind in RECORDS.values()]
WORLD = "south=-90&west=-180&north=90&east=180&zoom=12"
FORMS = [pytest.param(kind, id=kind.plural) for kind in RECORDS.values() if kind.creatable]


def visit_with(company: Company, kind: RecordType, names: list[str], mode: Mode) -> Visit:
    company.give(EVERYTHING)
    company.guard(kind, names, mode)
    return company.visitor()


def marked(company: Company, kind: RecordType) -> dict[str, list[str]]:
    """Leave two marks in each field and in its history; return the texts that would tell them, by field."""
    row = company.world.records[kind.key]["li"]
    first = put(company, kind)
    fresh = kind.model.objects.unscoped(because="test").get(pk=row.pk)
    work = Work(company.world.boss, f"{kind.key}.update")
    work.hold(fresh)
    second = {spec.name: mark_of(kind, spec, 1) for spec in markable(kind, row)}
    for name, value in second.items():
        setattr(fresh, name, value)
    with writing("test"):
        draft = work.draft(fresh)
        draft.compare()
        work.store([draft])
    return {name: [*told(first[name]), *told(second[name])] for name in first}


def answers(visit: Visit, kind: RecordType) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every answer that tells something of li's record."""
    row = visit.company.world.records[kind.key]["li"]
    pk, shown = row.pk, ids.show(row.pk)
    pages = [f"/{kind.plural}", visit.address(kind, pk), "/"]
    if kind.creatable:
        pages += [
            f"/{kind.plural}?size=20&q={str(row)[:4]}",
            f"/{kind.plural}/pick",
            f"/palette?q={str(row)[:4]}",
            f"/find?q={str(row)[:4]}",
            f"/{kind.plural}/export",
        ]
        pages += [
            visit.address(kind, pk, rest) for rest in ("/peek", "/history", "/why", "/edit", "/do/assign")
        ]
        pages += [f"/{kind.plural}/new"]
    if kind.key == "customers.customer":
        pages += [f"/customers/map/data?{WORLD}", "/customers/map", visit.address(kind, pk, "/map-card")]
    elif kind.key == "engine.approval":
        pages += [f"/{kind.plural}?tab={tab}" for tab in ("asked", "decided")]
    for other in RECORDS.values():
        if kind.follows and other.key == kind.fields[kind.follows].points_at:
            pages.append(visit.address(other, getattr(row, f"{kind.follows}_id")))
    for page in pages:
        answer = visit.get(page)
        assert answer.status_code in (200, 403, 404), page
        yield page, _text(answer)
        if page.endswith("/peek"):
            yield f"{page}, part", _text(visit.get(page, part=True))
    for call in ("", f"/{shown}", f"/{shown}/history", f"/{shown}/timeline", f"/{shown}/why"):
        yield f"API {call}", _text(visit.api(f"{kind.plural}{call}"))
    whole = export_rows(visit.actor, kind)
    yield "export", " ".join(str(cell) for row in whole.rows for cell in row)


def _text(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return html.unescape(raw.decode("utf-8-sig"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", [Mode.HIDE, Mode.MASK])
def test_a_value_that_is_not_for_somebody_is_in_no_answer(
    company: Company, kind: RecordType, mode: Mode
) -> None:
    marks = marked(company, kind)
    visit = visit_with(company, kind, list(marks), mode)
    leaks = {
        f"{name} in {where.replace(ids.show(company.world.records[kind.key]['li'].pk), 'ID')}"
        for where, answer in answers(visit, kind)
        for name, texts in marks.items()
        if tells(answer, texts)
    }
    assert leaks == set()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answers_do_tell_the_values_to_who_may_read_them(company: Company, kind: RecordType) -> None:
    """Otherwise the test above would find nothing because there is nothing to find."""
    marks = marked(company, kind)
    visit = visit_with(company, kind, [], Mode.OPEN)
    everything = " ".join(answer for _where, answer in answers(visit, kind))
    shown = {*kind.columns, *(name for panel in kind.panels for name in panel.fields)}
    missing = [name for name, texts in marks.items() if name in shown and not tells(everything, texts)]
    assert missing == []


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("mode", [Mode.HIDE, Mode.MASK])
def test_nothing_is_asked_about_a_value_that_is_not_for_somebody(
    company: Company, kind: RecordType, mode: Mode
) -> None:
    names = [name for name in {*kind.filters, *kind.sorts, *kind.search} if name != kind.title]
    visit = visit_with(company, kind, names, mode)
    row = company.world.records[kind.key]["li"]
    for name in names:
        value = getattr(row, kind.fields[name].attname)
        text = ids.show(value) if kind.fields[name].points_at and value else str(value)
        if name in kind.filters:
            assert visit.get(f"/{kind.plural}", {name: text}).status_code == 400, name
            assert visit.get(f"/{kind.plural}/export", {name: text}).status_code == 400, name
            assert visit.get(f"/{kind.plural}/count", {name: text}).status_code == 400, name
            assert visit.api(kind.plural, {name: text}).status_code == 400, name
        if name in kind.sorts:
            for sign in ("", "-"):
                assert visit.get(f"/{kind.plural}", {"sort": f"{sign}{name}"}).status_code == 400, name
                assert visit.api(kind.plural, {"sort": f"{sign}{name}"}).status_code == 400, name
        if name in kind.search and name != kind.title and value:
            if kind.search[name] == "phone" and mode is Mode.MASK:
                text = text[
                    :-1
                ]  # whoever knows the whole number may find it (ruling 28), a part tells nothing
            assert str(row) not in _text(visit.get(f"/{kind.plural}/pick", {"q": text}))
            assert visit.api(kind.plural, {"q": text}).json()["items"] == []
            for path in ("/palette", "/find"):
                assert visit.address(kind, row.pk) not in _text(visit.get(path, {"q": text}))


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("mode", [Mode.HIDE, Mode.MASK, Mode.READ])
def test_what_is_not_open_is_neither_offered_nor_taken_by_any_form(
    company: Company, kind: RecordType, mode: Mode
) -> None:
    row = company.world.records[kind.key]["li"]
    names = [name for name in kind.form_fields if name not in (*kind.required, kind.title)]
    visit = visit_with(company, kind, names, mode)
    form = _text(visit.get(visit.address(kind, row.pk, "/edit")))
    assert [name for name in names if f'name="{name}"' in form] == []
    before = kind.model.objects.unscoped(because="test").values().get(pk=row.pk)
    sent = dict.fromkeys(names, "1") | {"version": str(before["version"])}
    visit.post(visit.address(kind, row.pk, "/edit"), sent)
    for name in names:
        answer = visit.api_send(
            "PATCH",
            f"{kind.plural}/{ids.show(row.pk)}",
            {name: None},
            **{"If-Match": f'"{before["version"]}"'},
        )
        assert answer.status_code == 422, (name, answer.content)
    assert kind.model.objects.unscoped(because="test").values().get(pk=row.pk) == before


def test_the_page_about_two_who_saved_at_once_tells_nothing_that_is_hidden(company: Company) -> None:
    kind = RECORDS["customers.customer"]
    row = company.world.records[kind.key]["li"]
    version = kind.model.objects.unscoped(because="test").get(pk=row.pk).version
    marks = marked(company, kind)
    hidden = [name for name in marks if name not in ("short_name", "city")]
    visit = visit_with(company, kind, hidden, Mode.HIDE)
    answer = visit.post(
        visit.address(kind, row.pk, "/edit"), {"short_name": "甲", "city": "乙", "version": str(version)}
    )
    assert answer.status_code == 412
    page = _text(answer)
    assert tells(page, marks["short_name"])
    assert [name for name in hidden if tells(page, marks[name])] == []


def test_a_refused_request_about_a_hidden_field_does_not_tell_its_value(company: Company) -> None:
    kind = RECORDS["customers.customer"]
    row = company.world.records[kind.key]["li"]
    marks = marked(company, kind)
    visit = visit_with(company, kind, list(marks), Mode.HIDE)
    version = kind.model.objects.unscoped(because="test").get(pk=row.pk).version
    bodies = []
    for name in marks:
        sent = {"If-Match": f'"{version}"'}
        bodies.append(
            _text(visit.api_send("PATCH", f"{kind.plural}/{ids.show(row.pk)}", {name: "x"}, **sent))
        )
        bodies.append(_text(visit.get(visit.address(kind, row.pk, f"/reveal/{name}"))))
    assert [name for name, texts in marks.items() for body in bodies if tells(body, texts)] == []
