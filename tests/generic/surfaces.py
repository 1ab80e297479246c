"""Every surface that shows records, each as a function that returns the ids of those a visitor sees there.

A new surface joins by adding a function here; an address that is on no list fails a test.
"""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from generic.visit import Visit
from kedang.engine.actions.batch import Kind, Row, batch_save
from kedang.engine.exchange.exports import export_rows
from kedang.engine.files import content
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.ledger.merges import Pair
from kedang.engine.ledger.models import TimelineEntry
from kedang.engine.records.types import RECORDS, RecordType
from kedang.kernel import clock, ids
from kedang.kernel.errors import NotAllowed
from kedang.kits.web import zones
from kedang.kits.web.merging import merges

Seen = set[int]
SHOWN = r"([0-9abcdefghjkmnpqrstvwxyz]{13})"


@dataclass(frozen=True)
class Surface:
    """One way to see records. `verb` is the right that opens it; `pages` and `calls` are its addresses."""

    name: str
    read: Callable[[Visit, RecordType], Seen]
    verb: str = "view"
    pages: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    fits: Callable[[RecordType], bool] = lambda kind: True

    def __str__(self) -> str:
        return self.name


SURFACES: list[Surface] = []


def surface(name: str, verb: str = "view", *, pages: str = "", calls: str = "", fits: Any = None) -> Any:
    """Add a function to the surfaces."""

    def wrap(read: Callable[[Visit, RecordType], Seen]) -> Callable[[Visit, RecordType], Seen]:
        more = {"fits": fits} if fits else {}
        SURFACES.append(
            Surface(name, read, verb, frozenset(pages.split()), frozenset(calls.split(", ")) - {""}, **more)
        )
        return read

    return wrap


def generic_pages(kind: RecordType) -> bool:
    """Approvals have pages of their own."""
    return kind.key != "engine.approval"


def made_by_hand(kind: RecordType) -> bool:
    """What other parts make has no form, no generic changes and no attachments."""
    return kind.creatable


def linked(text: str, kind: RecordType) -> Seen:
    """Return the records of a type that a page links to."""
    return {ids.read(found) for found in re.findall(rf"/{kind.plural}/{SHOWN}\b", text)}


def named(text: str, visit: Visit, kind: RecordType) -> Seen:
    """Return the records of a type that a text names."""
    plain = html.unescape(text)
    return {pk for pk, row in visit.company.rows(kind).items() if str(row) in plain}


def both(text: str, visit: Visit, kind: RecordType) -> Seen:
    """Return the records a page links to or names: a name without a link leaks as well."""
    return linked(text, kind) | named(text, visit, kind)


def opened(visit: Visit, kind: RecordType, address: Callable[[int], str], *, part: bool = False) -> Seen:
    """Return the records whose address answers; every other one is absent and is not named."""
    found = set()
    for pk, row in visit.company.rows(kind).items():
        answer = visit.get(address(pk), part=part)
        if answer.status_code == 200:
            found.add(pk)
        else:
            assert answer.status_code in (403, 404), (address(pk), answer.status_code)
            assert answer.status_code == 403 or str(row) not in answer.content.decode(), address(pk)
    return found


def body(answer: Any) -> str:
    """Return the text of an answer; a door that is shut shows nothing."""
    if answer.status_code in (403, 404):
        return ""
    assert answer.status_code == 200, answer.status_code
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(raw.decode("utf-8-sig"))


def shared(visit: Visit, path: str, *, part: bool = False) -> str:
    """Return the text of a page on which many record types are looked for: on each walk it is asked for once.

    For surfaces that change nothing: every test of the file finds the company as it was founded.
    """
    texts, key = visit.company.texts, (visit.company.walk, path, part)
    if key not in texts:
        texts[key] = body(visit.get(path, part=part))
    return texts[key]


def once(read: Callable[[Visit, RecordType], Seen]) -> Callable[[Visit, RecordType], Seen]:
    """Keep what a surface that changes nothing shows of a type on a walk, for the surfaces that rest on it."""

    @wraps(read)
    def asked(visit: Visit, kind: RecordType) -> Seen:
        seen, key = visit.company.seen, (visit.company.walk, read.__name__, kind.key)
        if key not in seen:
            seen[key] = read(visit, kind)
        return set(seen[key])

    return asked


# -- pages


@surface("list", pages="list", fits=generic_pages)
def listed(visit: Visit, kind: RecordType) -> Seen:
    return both(body(visit.get(f"/{kind.plural}")), visit, kind)


@surface("list, the part that HTMX asks for", pages="list", fits=generic_pages)
def list_part(visit: Visit, kind: RecordType) -> Seen:
    return both(body(visit.get(f"/{kind.plural}", part=True)), visit, kind)


@surface("count", pages="count", fits=generic_pages)
def counted(visit: Visit, kind: RecordType) -> Seen:
    """Return as many of the expected ids as were counted: the number is all there is."""
    answer = visit.get(f"/{kind.plural}/count", part=True)
    figures = re.findall(r"\d+", re.sub(r"<[^>]*>", " ", body(answer)))
    rows = sorted(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    assert int(figures[0] if figures else 0) == len(rows)
    return set(rows)


@surface("search", pages="list", fits=lambda kind: kind.creatable and bool(kind.search))
def searched(visit: Visit, kind: RecordType) -> Seen:
    found = set()
    for pk, row in visit.company.rows(kind).items():
        word = str(getattr(row, next(iter(kind.search))))
        answer = visit.get(f"/{kind.plural}", {"q": word}, part=True)
        if pk in linked(body(answer), kind):
            found.add(pk)
    return found


@surface(
    "filter by owner",
    pages="list condition views columns cell",
    fits=lambda kind: kind.creatable and "owner" in kind.filters,
)
def filtered(visit: Visit, kind: RecordType) -> Seen:
    found = set()
    for row in visit.company.rows(kind).values():
        if row.owner_id:
            answer = visit.get(f"/{kind.plural}", {"owner": ids.show(row.owner_id)}, part=True)
            found |= linked(body(answer), kind)
    return found


def in_search(visit: Visit, kind: RecordType, path: str, *, part: bool) -> Seen:
    """Ask for each record by the first thing it can be found by; nothing else of the type may be named either."""
    found: Seen = set()
    visible = set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    for pk, row in visit.company.rows(kind).items():
        text = body(visit.get(path, {"q": str(getattr(row, next(iter(kind.search))))}, part=part))
        found |= linked(text, kind) & {pk}
        assert linked(text, kind) <= visible
    return found


@surface("palette", fits=lambda kind: bool(kind.search))
def in_palette(visit: Visit, kind: RecordType) -> Seen:
    return in_search(visit, kind, "/palette", part=True)


@surface("results of a search", fits=lambda kind: bool(kind.search))
def in_results(visit: Visit, kind: RecordType) -> Seen:
    return in_search(visit, kind, "/find", part=False)


@surface("palette before anything is typed", fits=lambda kind: bool(kind.search))
def in_empty_palette(visit: Visit, kind: RecordType) -> Seen:
    """It shows some of what is visible, and nothing else."""
    allowed = set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    assert linked(shared(visit, "/palette", part=True), kind) <= allowed
    return allowed


@surface("picker that is typed into", pages="pick", fits=lambda kind: kind.creatable and bool(kind.search))
def picked_by_name(visit: Visit, kind: RecordType) -> Seen:
    found: Seen = set()
    for pk, row in visit.company.rows(kind).items():
        answer = visit.get(f"/{kind.plural}/pick", {"q": str(getattr(row, next(iter(kind.search))))})
        if answer.status_code == 200:
            found |= {ids.read(one["id"]) for one in answer.json()["results"]} & {pk}
    return found


@surface("picker", pages="pick", fits=generic_pages)
def picked(visit: Visit, kind: RecordType) -> Seen:
    answer = visit.get(f"/{kind.plural}/pick")
    return {ids.read(one["id"]) for one in answer.json()["results"]} if answer.status_code == 200 else set()


@surface("export of a view", "export", pages="export", fits=generic_pages)
def exported(visit: Visit, kind: RecordType) -> Seen:
    return named(body(visit.get(f"/{kind.plural}/export")), visit, kind)


@surface("page", pages="detail")
@once
def page(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk))


@surface("timeline", pages="line", fits=lambda kind: not kind.follows and generic_pages(kind))
def timeline(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/line"), part=True)


@surface("reply", "change", pages="reply", fits=lambda kind: bool(kind.timeline) and made_by_hand(kind))
def replies(visit: Visit, kind: RecordType) -> Seen:
    """The lines that tell of each record's filing, opened to reply to them on the timeline where they stand."""
    seen: Seen = set()
    for pk, row in visit.company.rows(kind).items():
        line = TimelineEntry.objects.filter(record=kind.key, record_id=pk, answers=None).earliest("pk")
        above = RECORDS[line.subject]
        answer = visit.get(visit.address(above, line.subject_id, f"/reply/{ids.show(line.pk)}"), part=True)
        if answer.status_code == 200:
            seen.add(pk)
        else:
            assert answer.status_code in (403, 404)
            assert str(row) not in answer.content.decode()
    if not kind.follows:
        return seen
    # who does not see the customer has its timeline nowhere
    wholes = above.model.objects.visible_to(visit.actor).values("pk")
    alone = kind.model.objects.visible_to(visit.actor, "change").exclude(**{f"{kind.follows}_id__in": wholes})
    return seen | set(alone.values_list("pk", flat=True))


@surface("quick look", pages="peek", fits=generic_pages)
def peeked(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/peek"), part=True)


@surface("what stands beside it", pages="beside", fits=lambda kind: zones.speaks(kind.key, "side"))
def aside(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/beside"), part=True)


@surface("history", pages="history", fits=generic_pages)
def history(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/history"))


@surface("why", pages="why", fits=generic_pages)
def why(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/why"), part=True)


@surface("form", "change", pages="edit", fits=made_by_hand)
def form(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/edit"))


@surface("print", pages="print", fits=generic_pages)
def on_paper(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/print"))


@surface("one fact", pages="field", fits=generic_pages)
def one_fact(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, f"/field/{kind.title}?shown=1"), part=True)


@surface("reveal", pages="reveal", fits=generic_pages)
def revealed(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, f"/reveal/{kind.title}"), part=True)


def told_above(kind: RecordType) -> bool:
    """Say whether the page of the record that it hangs on tells of it at all."""
    if not kind.follows:
        return False
    above = RECORDS[kind.own_fields[kind.follows].points_at]
    return bool(kind.timeline) or any(link.record == kind.key for link in above.related)


@surface("page of what it hangs on", pages="detail", fits=told_above)
def beside(visit: Visit, kind: RecordType) -> Seen:
    """The related zones and the timeline of a customer, for customers that the visitor sees."""
    above = RECORDS[kind.fields[kind.follows].points_at]
    wholes = set(above.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    seen: Seen = set()
    for pk in wholes:
        for rest in ("", "/line", "/beside"):
            seen |= linked(shared(visit, visit.address(above, pk, rest)), kind)
    alone = kind.model.objects.visible_to(visit.actor).exclude(**{f"{kind.follows}_id__in": wholes})
    return seen | set(alone.values_list("pk", flat=True))


def ahead_of_customers(kind: RecordType) -> bool:
    """Say whether open records of a type stand on top of the timelines of customers."""
    return kind.key in ("engagement.task", "engagement.promise")


@surface("top of a timeline", pages="ahead pin unpin", fits=ahead_of_customers)
def ahead(visit: Visit, kind: RecordType) -> Seen:
    """What is planned for the customers that the visitor sees; pins are lines of the timeline below."""
    above = RECORDS[kind.fields[kind.follows].points_at]
    wholes = set(above.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    seen: Seen = set()
    for pk in visit.company.rows(above):
        answer = visit.get(visit.address(above, pk, "/ahead"))
        assert pk in wholes or answer.status_code == 404
        seen |= both(body(answer), visit, kind)
    alone = kind.model.objects.visible_to(visit.actor).exclude(**{f"{kind.follows}_id__in": wholes})
    return seen | set(alone.values_list("pk", flat=True))


@surface("key-person map", fits=lambda kind: kind.key in ("customers.contact", "customers.influence"))
def key_persons(visit: Visit, kind: RecordType) -> Seen:
    """The maps of the customers that the visitor sees; a line stands there when both its ends do."""
    customers = RECORDS["customers.customer"]
    wholes = set(customers.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    seen: Seen = set()
    for pk in visit.company.rows(customers):
        answer = visit.get(visit.address(customers, pk, "/people"))
        assert pk in wholes or answer.status_code == 404
        seen |= linked(body(answer), kind)
    visible = set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    assert seen <= visible
    if kind.key == "customers.influence":  # in the world one end of each line has left
        return visible
    return seen | set(
        kind.model.objects.visible_to(visit.actor).exclude(customer__in=wholes).values_list("pk", flat=True)
    )


@surface("tree of relations", fits=lambda kind: kind.key == "customers.relation")
def relations(visit: Visit, kind: RecordType) -> Seen:
    """The relations pages of every customer: a relation stands there when both its ends are seen."""
    customers = RECORDS["customers.customer"]
    seen: Seen = set()
    wholes = set(customers.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    for pk in visit.company.rows(customers):
        answer = visit.get(visit.address(customers, pk, "/relations"))
        assert pk in wholes or answer.status_code == 404
        seen |= linked(body(answer), kind)
    return seen


@surface("map of customers", fits=lambda kind: kind.key == "customers.customer")
def on_map(visit: Visit, kind: RecordType) -> Seen:
    """The customers drawn one by one, and how many are only about here: together those that are seen, and no other."""
    window = {"south": "-90", "west": "-180", "north": "90", "east": "180", "zoom": "12"}
    answer = visit.get("/customers/map/data", window)
    visible = kind.model.objects.visible_to(visit.actor).exclude(region_code="")
    if answer.status_code == 403:
        return set()
    found = json.loads(body(answer))
    drawn = {pk for one in found["points"] for pk in linked(one["card"], kind)}
    about = sum(int(one["short"]) for one in found["about"])
    assert len(drawn) + about == visible.count()
    cards = opened(visit, kind, lambda pk: visit.address(kind, pk, "/map-card"), part=True)
    assert named(body(visit.get("/customers/map")), visit, kind) <= cards
    return cards


@surface("route of a day", fits=lambda kind: kind.key in ("engagement.visit", "customers.customer"))
def on_route(visit: Visit, kind: RecordType) -> Seen:
    """It shows some of what is visible, and nothing else."""
    allowed = set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    days = visit.company.rows(RECORDS["engagement.visit"]).values()
    for day in {one.planned_on for one in days}:
        answer = visit.get("/visits/route", {"on": day.isoformat()})
        assert both(body(answer), visit, kind) <= allowed
    return allowed


@surface("name in a form that an address fills in", pages="create", fits=lambda kind: any(
    any(other.fields[name].points_at == kind.key for name in other.form_fields) for other in RECORDS.values()
))  # fmt: skip
def filled_in(visit: Visit, kind: RecordType) -> Seen:
    other, name = next(
        (other, name)
        for other in RECORDS.values() if other.creatable
        for name in other.form_fields if other.fields[name].points_at == kind.key
    )  # fmt: skip
    found: Seen = set()
    for pk in visit.company.rows(kind):
        answer = visit.get(f"/{other.plural}/new", {name: ids.show(pk)})
        if answer.status_code == 403:
            return page(visit, kind)  # nobody without the right to file one gets the form
        found |= named(answer.content.decode(), visit, kind)
    return found


@surface("approvals", pages="list", fits=lambda kind: not generic_pages(kind))
def approvals(visit: Visit, kind: RecordType) -> Seen:
    found: Seen = set()
    for tab in ("waiting", "asked", "decided"):
        found |= both(body(visit.get(f"/{kind.plural}", {"tab": tab})), visit, kind)
    # what waits for somebody else's word is on the page of the request, and on no list
    return found | page(visit, kind)


@surface("desk")
def desk(visit: Visit, kind: RecordType) -> Seen:
    """The desk shows some of what is visible, and nothing else."""
    allowed = set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))
    shown = linked(shared(visit, "/") + shared(visit, "/desk/beside", part=True), kind)
    assert shown <= allowed
    return allowed


@surface("one side of a merge", "change", pages="merge unmerge", fits=merges)
def side_of_merge(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/merge"))


@surface("worklist of pairs", pages="pairs pairs.scan apart", fits=merges)
def paired(visit: Visit, kind: RecordType) -> Seen:
    for pk in visit.company.rows(kind):
        found = {"kind": "suspect", "points": 5, "found_at": clock.now()}
        Pair.objects.get_or_create(record=kind.key, first_id=pk, second_id=pk, defaults=found)
    return both(body(visit.get(f"/{kind.plural}/duplicates")), visit, kind)


@surface("dialog of an action", pages="do", fits=made_by_hand, verb="assign")
def dialog(visit: Visit, kind: RecordType) -> Seen:
    found = opened(visit, kind, lambda pk: visit.address(kind, pk, "/do/assign"), part=True)
    return found & set(kind.model.objects.visible_to(visit.actor, "assign").values_list("pk", flat=True))


@surface("several rows at once", "assign", pages="bulk bulk.run", fits=made_by_hand)
def bulk(visit: Visit, kind: RecordType) -> Seen:
    """Plan to hand every record to somebody else; the preview names what would change, and nothing unseen."""
    rows, visible = (
        visit.company.rows(kind),
        set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True)),
    )
    answer = visit.post(
        f"/{kind.plural}/bulk/assign",
        {"id": [ids.show(pk) for pk in rows], "owner": ids.show(visit.company.world.chief.pk)},
    )
    if answer.status_code == 403:
        return set()
    page = visit.get(answer["Location"]).content.decode()
    assert both(page, visit, kind) <= visible
    return linked("".join(re.findall(r"<tr data-row>.*?</tr>", page, re.S)), kind)


# -- files


def with_file(kind: RecordType, pk: int) -> str:
    """Return the rest of the address of a file that hangs on a record."""
    row, fresh = Attachment.objects.get_or_create(
        record=kind.key, record_id=pk, name="a.txt", defaults={"created_at": clock.now()}
    )
    if fresh:
        taken = content.take("a.txt", [b"text"])
        AttachmentVersion.objects.create(
            attachment=row, no=1, name="a.txt", kind="text", size=4, digest=taken.digest, at=clock.now()
        )
    return f"/files/{ids.show(row.pk)}"


def filed(visit: Visit, kind: RecordType, rest: str = "") -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, with_file(kind, pk) + rest))


@surface("files", pages="files", fits=made_by_hand)
def files(visit: Visit, kind: RecordType) -> Seen:
    return opened(visit, kind, lambda pk: visit.address(kind, pk, "/files"))


@surface("file", pages="file", fits=made_by_hand)
@once
def file_page(visit: Visit, kind: RecordType) -> Seen:
    return filed(visit, kind)


@surface("file to download", pages="file_download", fits=made_by_hand)
def file_download(visit: Visit, kind: RecordType) -> Seen:
    return filed(visit, kind, "/1")


@surface(
    "file removed, revised, restored",
    "change",
    pages="file_remove file_revise file_restore",
    fits=made_by_hand,
)
def file_changed(visit: Visit, kind: RecordType) -> Seen:
    """Send what is refused for its content alone: 422 says that the change was permitted and did not happen."""
    seen, found = file_page(visit, kind), set()
    for pk, row in visit.company.rows(kind).items():
        answer = visit.post(visit.address(kind, pk, with_file(kind, pk) + "/remove"), {"reason": ""})
        assert answer.status_code == (422 if answer.status_code == 422 else 403 if pk in seen else 404)
        assert answer.status_code != 404 or str(row) not in answer.content.decode()
        if answer.status_code == 422:
            found.add(pk)
    return found


@surface("picture of a file", pages="file_picture", fits=made_by_hand)
def file_picture(visit: Visit, kind: RecordType) -> Seen:
    """A text has no picture: who sees the record reads so, and everybody else that there is no such record."""
    found = set()
    for pk in visit.company.rows(kind):
        answer = visit.get(visit.address(kind, pk, with_file(kind, pk) + "/1/picture"))
        assert answer.status_code in (403, 404)
        if "下载" in answer.content.decode() or "download" in answer.content.decode():
            found.add(pk)
    return found


# -- the API


def items(visit: Visit, path: str, query: Any = None) -> Seen:
    answer = visit.api(path, query)
    return {ids.read(one["id"]) for one in answer.json()["items"]} if answer.status_code == 200 else set()


def answered(visit: Visit, kind: RecordType, rest: str = "") -> Seen:
    found = set()
    for pk, row in visit.company.rows(kind).items():
        answer = visit.api(f"{kind.plural}/{ids.show(pk)}{rest}")
        if answer.status_code == 200:
            found.add(pk)
        else:
            assert answer.status_code == 404
            assert str(row) not in answer.content.decode()
    return found


@surface("API list", calls="GET ")
def api_list(visit: Visit, kind: RecordType) -> Seen:
    return items(visit, kind.plural)


@surface("API search", calls="GET ", fits=lambda kind: bool(kind.search))
def api_search(visit: Visit, kind: RecordType) -> Seen:
    found: Seen = set()
    for pk, row in visit.company.rows(kind).items():
        found |= items(visit, kind.plural, {"q": str(getattr(row, next(iter(kind.search))))}) & {pk}
    return found


@surface("API record", calls="GET /{id}")
@once
def api_one(visit: Visit, kind: RecordType) -> Seen:
    return answered(visit, kind)


@surface("API history", calls="GET /{id}/history")
def api_history(visit: Visit, kind: RecordType) -> Seen:
    return answered(visit, kind, "/history")


@surface("API timeline", calls="GET /{id}/timeline")
def api_timeline(visit: Visit, kind: RecordType) -> Seen:
    return answered(visit, kind, "/timeline")


@surface("API why", calls="GET /{id}/why")
def api_why(visit: Visit, kind: RecordType) -> Seen:
    return answered(visit, kind, "/why")


@surface("API files", calls="GET /{id}/files", fits=made_by_hand)
def api_files(visit: Visit, kind: RecordType) -> Seen:
    return answered(visit, kind, "/files")


@surface("API file", calls="GET /{id}/files/{file}/{number}", fits=made_by_hand)
def api_file(visit: Visit, kind: RecordType) -> Seen:
    found = set()
    for pk in visit.company.rows(kind):
        answer = visit.api(f"{kind.plural}/{ids.show(pk)}{with_file(kind, pk)}/1")
        assert answer.status_code in (200, 404)
        found |= {pk} if answer.status_code == 200 else set()
    return found


@surface("API change", "change", calls="PATCH /{id}", fits=made_by_hand)
def api_change(visit: Visit, kind: RecordType) -> Seen:
    """Send a version that no record has: 412 says that the change was permitted and did not happen."""
    visible = api_one(visit, kind)
    found = set()
    for pk, row in visit.company.rows(kind).items():
        answer = visit.api_send("PATCH", f"{kind.plural}/{ids.show(pk)}", {}, **{"If-Match": '"999999"'})
        if answer.status_code == 412:
            found.add(pk)
        else:
            assert answer.status_code == (403 if pk in visible else 404), answer.content
            assert str(row) not in answer.content.decode()
    return found


@surface("API archive", "archive", calls="DELETE /{id}", fits=made_by_hand)
def api_archive(visit: Visit, kind: RecordType) -> Seen:
    found = set()
    for pk in visit.company.rows(kind):
        address = f"{kind.plural}/{ids.show(pk)}?reason=x"
        if visit.api_send("DELETE", address, **{"If-Match": '"999999"'}).status_code == 412:
            found.add(pk)
    return found


@surface("agenda", fits=lambda kind: kind.key == "engagement.task")
def agenda(visit: Visit, kind: RecordType) -> Seen:
    """The agenda is the reader's own part of what the list shows."""
    found: Seen = set()
    for view in ("day", "week", "month"):
        found |= both(body(visit.get("/agenda", {"view": view, "on": "2026-11-25"})), visit, kind)
    mine = set(
        kind.model.objects.visible_to(visit.actor).filter(owner=visit.user.pk).values_list("pk", flat=True)
    )
    assert found == mine
    return set(kind.model.objects.visible_to(visit.actor).values_list("pk", flat=True))


# -- what reads for a person without a page


@surface("import that matches by id", "change", fits=generic_pages)
def matched(visit: Visit, kind: RecordType) -> Seen:
    rows = list(visit.company.rows(kind))
    try:
        outcomes = batch_save(visit.actor, kind, [Row({}, pk) for pk in rows], rehearse=True)
    except NotAllowed:
        return set()
    return {pk for pk, outcome in zip(rows, outcomes, strict=True) if outcome.kind is not Kind.REFUSED}


@surface("export of everything", "export")
def exported_whole(visit: Visit, kind: RecordType) -> Seen:
    try:
        found = export_rows(visit.actor, kind)
    except NotAllowed:
        return set()
    return {ids.read(str(row[0])) for row in found.rows}
