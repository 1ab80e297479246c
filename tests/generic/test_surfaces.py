"""Every surface shows exactly what the role of its visitor reaches: no row more, and none less."""

import re
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from generic.surfaces import SURFACES, Surface
from generic.visit import WALKS, Company
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kits.api import urls as api
from kedang.kits.web import import_urls
from kedang.kits.web.urls import common_urls, record_urls

pytestmark = pytest.mark.django_db
CASES = [
    pytest.param(kind, one, id=f"{kind.plural}: {one.name}")
    for kind in RECORDS.values() for one in SURFACES if one.fits(kind)
]  # fmt: skip
# Pages that are no record's, each with what it shows instead.
NO_RECORDS = {
    "desk": "surface “desk”", "desk.beside": "surface “desk”",
    "pick.user": "names of colleagues", "pick.unit": "names of units",
    "pick.region": "names of regions", "pick.trade": "names of trades",
    "settings": "oneself", "settings.password": "oneself", "settings.theme": "oneself", "settings.language": "oneself",
    "settings.attributes": "for administrators: tests/integration/web/test_attributes.py",
    "settings.attribute.new": "for administrators", "settings.attribute.filter": "for administrators",
    "settings.attribute": "for administrators", "settings.attribute.act": "for administrators",
    "hold": "within reach: tests/integration/web/test_hold.py",
    "find": "surface “results of a search”", "palette": "surface “palette”",
    "jobs.list": "own jobs: tests/integration/web/test_jobs.py", "jobs.detail": "an own job", "jobs.stop": "an own job",
    "jobs.again": "an own job",
    **{one.name: "one's own imports: tests/integration/web and tests/security" for one in import_urls.addresses()},
    "notices.list": "own notices: tests/integration/web/test_notices.py",
    "notices.open": "an own notice", "notices.read": "own notices", "settings.calendar": "days of the calendar",
    "settings.calendar.put": "for administrators", "settings.calendar.out": "for administrators",
    "settings.calendar.publish": "for administrators",
    "settings.factor": "oneself", "settings.factor.on": "oneself", "settings.factor.off": "oneself",
    "settings.factor.codes": "oneself", "settings.sessions": "oneself", "settings.sessions.end": "oneself",
    "settings.keys": "oneself", "settings.key.revoke": "oneself", "password.link": "whose link it is",
    "settings.people": "for administrators", "settings.person.new": "for administrators",
    "settings.person": "for administrators; counts of records within reach",
    "settings.person.do": "for administrators; counts of records within reach",
    "settings.units": "for administrators", "settings.unit.new": "for administrators",
    "settings.unit": "for administrators", "settings.roles": "for administrators",
    "settings.role.new": "for administrators", "settings.role": "for administrators",
    "settings.company": "for administrators", "settings.numbers": "for administrators",
    "settings.log": "for administrators, without names of records",
    "settings.changes": "for administrators",
}  # fmt: skip
# Addresses of the API that only write, each through an action: tests/integration and tests/api.
WRITES = {"POST ", "POST /{id}/{action}", "POST /{id}/files"}


@pytest.mark.parametrize(("kind", "one"), CASES)
def test_every_surface_shows_exactly_what_the_span_reaches(
    company: Company, kind: RecordType, one: Surface
) -> None:
    visit = company.visitor()
    for walk in WALKS:
        company.take(walk)
        expected = company.of(kind, walk.owners(kind, one.verb))
        if one.verb != "view":
            expected &= company.of(kind, walk.owners(kind, "view"))
        assert one.read(visit, kind) == expected, walk.name


def test_every_page_of_a_record_type_is_on_the_list_of_surfaces() -> None:
    pages = {str(one.name).partition(".")[2] for one in record_urls()}
    assert pages == {name for one in SURFACES for name in one.pages}


def test_every_page_that_belongs_to_no_record_type_says_what_it_shows() -> None:
    assert {one.name for one in common_urls()} == set(NO_RECORDS)


def test_every_operation_of_the_api_is_on_the_list_of_surfaces() -> None:
    found = set()
    for path, item in api.api.get_openapi_schema(path_prefix="")["paths"].items():
        rest = "/" + path.strip("/").partition("/")[2] if "/" in path.strip("/") else ""
        for method in item:
            named = re.sub(r"^/\{id\}/(?!history|timeline|why|files).+", "/{id}/{action}", rest)
            found.add(f"{method.upper()} {named}")
    assert found - {call for one in SURFACES for call in one.calls} == WRITES


def test_no_address_stands_outside_the_lists() -> None:
    """Whoever adds pages elsewhere says here where their reach is tested."""
    elsewhere = {
        "healthz", "readyz", "sign-in/", "sign-out/", "language/",  # nothing of a record
        "ask-access",  # names a file, shows none: tests/integration/engine/test_access_asked_for.py
        "sign-in/code", "sign-in/letters/<slug:kind>", "sign-in/letters/<slug:key>.png",  # before anybody is in
        "start", "start/<slug:step>",  # tests/integration/project/test_first_start.py
        "settings/operations", "settings/operations/backup",  # for administrators, nothing of a record
        # the file and the visits of a customer: tests/integration/areas/test_visits.py
        "customers/<str:pk>/card", "customers/<str:pk>/log", "customers/<str:pk>/prepare", "visits/<str:pk>/check-in",
        # within reach, tested in tests/integration/areas/test_reviews.py
        "my-suggestions", "my-suggestions/<str:pk>/withdraw", "suggest", "customers/<str:pk>/suggest",
        "suggestions/<str:pk>/answer", "meetings/<str:pk>/lines", "meetings/<str:pk>/purchases",
        "meetings/<str:pk>/decide", "meetings/<str:pk>/sheet",
        "customers/<str:pk>/people",  # surface “key-person map”
        "customers/map", "customers/map/data", "customers/<str:pk>/map-card",  # surface “map of customers”
        "visits/route", "visits/route/order",  # surface “route of a day”, tests/integration/areas/test_maps.py
        "customers/<str:pk>/relations",  # surface “tree of relations”
        "insight",  # aggregates: tests/insight and tests/security
        "api/v1/",  # above
        "agenda",  # surface “agenda”; the feed and the rest: tests/integration/areas/test_tasks.py
    }  # fmt: skip
    known = {str(one.pattern) for one in (*record_urls(), *common_urls())}
    for pattern in _leaves(get_resolver().url_patterns):
        first = pattern.split("/")[0]
        assert (
            pattern in known
            or pattern in elsewhere
            # tests/integration/areas: test_pool.py, test_planning.py, test_personal_desk.py and test_sealing.py
            or first in {"insight", "api", "agenda", "plan", "pool", "personal-data"}
            or _announced(pattern)
        ), pattern


def _announced(pattern: str) -> bool:
    return pattern.split("/", maxsplit=1)[0] in {"import", "imports", "files", "static"}


def _leaves(patterns: Any, prefix: str = "") -> list[str]:
    found = []
    for one in patterns:
        here = prefix + str(one.pattern)
        found += [here] if isinstance(one, URLPattern) else _leaves(one.url_patterns, here)
    return found
