"""The addresses of the pages: one set for each record type, and the few that belong to nobody."""

from django.urls import URLPattern, path

from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel.trees import TREES
from kedang.kits.web import (
    acts,
    ahead,
    approvals,
    asking,
    attachments,
    attributes,
    bulk,
    calendar,
    changes,
    columns,
    company,
    desk,
    details,
    exports,
    fact,
    factor,
    forms,
    holding,
    import_urls,
    inline,
    jobs,
    lists,
    merging,
    notices,
    number_rule,
    own,
    palette,
    people,
    pickers,
    replies,
    roles,
    security_log,
    settings,
    sheet,
    sign_in,
    units,
    views,
)


def record_urls() -> list[URLPattern]:
    """Return the addresses of every record type that is registered."""
    found: list[URLPattern] = []
    for kind in RECORDS.values():
        found += _approvals(kind) if kind.key == approvals.KEY else _urls(kind)
    return found


def _urls(kind: RecordType) -> list[URLPattern]:
    base, given = kind.plural, {"kind": kind}
    return [
        path(f"{base}", lists.page, given, name=f"{base}.list"),
        path(f"{base}/count", lists.count, given, name=f"{base}.count"),
        path(f"{base}/condition", asking.row, given, name=f"{base}.condition"),
        path(f"{base}/views", views.act, given, name=f"{base}.views"),
        path(f"{base}/columns", columns.page, given, name=f"{base}.columns"),
        path(f"{base}/new", forms.create, given, name=f"{base}.create"),
        path(f"{base}/pick", pickers.records, given, name=f"{base}.pick"),
        path(f"{base}/export", exports.export, given, name=f"{base}.export"),
        path(f"{base}/bulk/<slug:name>", bulk.choose, given, name=f"{base}.bulk"),
        path(f"{base}/bulk/run/<str:run>", bulk.run, given, name=f"{base}.bulk.run"),
        *(_merging(kind) if merging.merges(kind) else ()),
        path(f"{base}/<str:pk>", details.page, given, name=f"{base}.detail"),
        path(f"{base}/<str:pk>/line", details.line, given, name=f"{base}.line"),
        path(f"{base}/<str:pk>/beside", details.beside, given, name=f"{base}.beside"),
        path(f"{base}/<str:pk>/ahead", ahead.page, given, name=f"{base}.ahead"),
        path(f"{base}/<str:pk>/pin/<str:entry>", ahead.pin, given, name=f"{base}.pin"),
        path(f"{base}/<str:pk>/unpin/<str:entry>", ahead.unpin, given, name=f"{base}.unpin"),
        path(f"{base}/<str:pk>/reply/<str:entry>", replies.page, given, name=f"{base}.reply"),
        path(f"{base}/<str:pk>/peek", details.peek, given, name=f"{base}.peek"),
        path(f"{base}/<str:pk>/edit", forms.edit, given, name=f"{base}.edit"),
        path(f"{base}/<str:pk>/cell/<slug:name>", inline.cell, given, name=f"{base}.cell"),
        path(f"{base}/<str:pk>/history", details.history, given, name=f"{base}.history"),
        path(f"{base}/<str:pk>/why", details.why, given, name=f"{base}.why"),
        path(f"{base}/<str:pk>/reveal/<slug:name>", details.reveal, given, name=f"{base}.reveal"),
        path(f"{base}/<str:pk>/print", sheet.sheet, given, name=f"{base}.print"),
        path(f"{base}/<str:pk>/field/<slug:name>", fact.field, given, name=f"{base}.field"),
        path(f"{base}/<str:pk>/do/<slug:name>", acts.do, given, name=f"{base}.do"),
        *(
            path(f"{base}/<str:pk>/{rest}", view, given, name=f"{base}.{name}")
            for name, (rest, view) in attachments.PAGES.items()
        ),
    ]


def _merging(kind: RecordType) -> list[URLPattern]:
    base, given = kind.plural, {"kind": kind}
    return [
        path(f"{base}/duplicates", merging.worklist, given, name=f"{base}.pairs"),
        path(f"{base}/duplicates/scan", merging.scan, given, name=f"{base}.pairs.scan"),
        path(f"{base}/<str:pk>/merge", merging.page, given, name=f"{base}.merge"),
        path(f"{base}/<str:pk>/unmerge/<str:merge>", merging.undo, given, name=f"{base}.unmerge"),
        path(f"{base}/<str:pk>/apart", merging.apart, given, name=f"{base}.apart"),
    ]


def _approvals(kind: RecordType) -> list[URLPattern]:
    base, given = kind.plural, {"kind": kind}
    return [
        path(base, approvals.page, name=f"{base}.list"),
        path(f"{base}/<str:pk>", approvals.detail, name=f"{base}.detail"),
        path(f"{base}/<str:pk>/do/<slug:name>", acts.do, given, name=f"{base}.do"),
    ]


def common_urls() -> list[URLPattern]:
    """Return the addresses that belong to no record type."""
    return [
        path("", desk.desk, name="desk"),
        path("desk/beside", desk.beside, name="desk.beside"),
        path("jobs", jobs.page, name="jobs.list"),
        path("jobs/<str:pk>", jobs.detail, name="jobs.detail"),
        path("jobs/<str:pk>/stop", jobs.stop, name="jobs.stop"),
        path("jobs/<str:pk>/again", jobs.again, name="jobs.again"),
        path("notices", notices.page, name="notices.list"),
        path("notices/read", notices.read_all, name="notices.read"),
        path("notices/<str:pk>", notices.open_one, name="notices.open"),
        path("hold", holding.page, name="hold"),
        path("pick/people", pickers.users, name="pick.user"),
        path("pick/units", pickers.units, name="pick.unit"),
        *import_urls.addresses(),
        *(
            path(f"pick/{kind}s", pickers.coded, {"tree": tree}, name=f"pick.{kind}")
            for kind, tree in TREES.items()
        ),
        path("find", palette.results, name="find"),
        path("palette", palette.palette, name="palette"),
        path("settings", settings.profile, name="settings"),
        path("settings/password", settings.password, name="settings.password"),
        path("settings/theme", settings.theme, name="settings.theme"),
        path("settings/language", settings.language, name="settings.language"),
        path("settings/calendar", calendar.page, name="settings.calendar"),
        path("settings/calendar/put", calendar.put, name="settings.calendar.put"),
        path("settings/calendar/out", calendar.take_out, name="settings.calendar.out"),
        path("settings/calendar/publish", calendar.publish, name="settings.calendar.publish"),
        path("settings/numbers", number_rule.page, name="settings.numbers"),
        path("settings/attributes", attributes.page, name="settings.attributes"),
        path("settings/attributes/new", attributes.create, name="settings.attribute.new"),
        path("settings/attributes/filter", attributes.narrow, name="settings.attribute.filter"),
        path("settings/attributes/<str:pk>", attributes.edit, name="settings.attribute"),
        path("settings/attributes/<str:pk>/<slug:name>", attributes.act, name="settings.attribute.act"),
        path("password/<str:secret>", sign_in.by_link, name="password.link"),
        path("settings/factor", factor.page, name="settings.factor"),
        path("settings/factor/on", factor.switch_on, name="settings.factor.on"),
        path("settings/factor/off", factor.switch_off, name="settings.factor.off"),
        path("settings/factor/codes", factor.codes, name="settings.factor.codes"),
        path("settings/sessions", own.open_sessions, name="settings.sessions"),
        path("settings/sessions/end", own.end_session, name="settings.sessions.end"),
        path("settings/keys", own.keys, name="settings.keys"),
        path("settings/keys/<str:pk>/revoke", own.revoke_key, name="settings.key.revoke"),
        *administration_urls(),
    ]


def administration_urls() -> list[URLPattern]:
    """Return the addresses of what administrators keep."""
    return [
        path("settings/people", people.page, name="settings.people"),
        path("settings/people/new", people.create, name="settings.person.new"),
        path("settings/people/<str:pk>", people.person, name="settings.person"),
        path("settings/people/<str:pk>/do/<slug:name>", people.act, name="settings.person.do"),
        path("settings/units", units.page, name="settings.units"),
        path("settings/units/new", units.unit, name="settings.unit.new"),
        path("settings/units/<str:pk>", units.unit, name="settings.unit"),
        path("settings/roles", roles.page, name="settings.roles"),
        path("settings/roles/new", roles.create, name="settings.role.new"),
        path("settings/roles/<str:pk>", roles.role, name="settings.role"),
        path("settings/company", company.page, name="settings.company"),
        path("settings/log", security_log.page, name="settings.log"),
        path("settings/history", changes.page, name="settings.changes"),
    ]


urlpatterns = [*common_urls(), *record_urls()]
