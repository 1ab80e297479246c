"""The page of a customer's relations: the trees it stands in, who referred it, and whom it referred."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kedang.areas.customers.models import Customer, Relation
from kedang.areas.customers.relations import KEY, LIST, TREE
from kedang.engine.packs.active import active
from kedang.engine.records.access import modes, open_one
from kedang.engine.records.types import record_of
from kedang.engine.request import KedangRequest
from kedang.engine.scope.admits import admitted
from kedang.engine.scope.reach import reach, record_key
from kedang.kernel import ids
from kedang.kernel.actor import Actor, Mode
from kedang.kernel.errors import NotAllowed
from kedang.kits.web import cells, zones
from kedang.kits.web.pages import pk_of, record_url, show, signed_in

CUSTOMER = record_key(Customer)
MOST, LEVELS, UPWARD = 200, 6, 12
SHOWN = 50
TIER = "relation_tier"


@dataclass(slots=True)
class Node:
    """One customer of a tree as its reader sees it, with what stands below it as far as it was read."""

    row: Customer
    url: str
    here: bool = False
    tier: str = ""
    tie_url: str = ""
    pills: list[Any] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """One kind of relation drawn: from the highest customer that is seen down to what is below this one."""

    label: str
    top: Node
    below: int
    more: bool
    tiers: list[tuple[str, int]]
    add_url: str


def contribute() -> None:
    """Put the way to the relations on the page of a customer, once at start."""
    zones.contribute(CUSTOMER, "side", "customers/relations_zone.html", zone, order=15)


def zone(request: KedangRequest, row: Customer) -> Mapping[str, object] | None:
    """Return the way to the relations; it asks the database nothing."""
    if row.archived_at is not None or not request.actor.may(KEY, "view"):
        return None
    return {"url": address(row.pk)}


def address(pk: int) -> str:
    """Return where the relations of a customer are shown."""
    return reverse("customers.relations", kwargs={"pk": ids.show(pk)})


@require_GET
@signed_in
def page(request: KedangRequest, pk: str) -> HttpResponse:
    """Show the relations of one customer: only those of which the reader sees both ends."""
    actor = request.actor
    customer = open_one(actor, record_of(Customer), pk_of(pk))
    if not actor.may(KEY, "view"):
        raise NotAllowed(_("Your role does not allow this."))
    kinds = [one for one in active().pack.choices(LIST) if not one.retired]
    forming = {one.key for one in kinds if getattr(one, "kind", "") == TREE}
    if modes(actor, record_of(Relation))["kind_key"] < Mode.READ:
        kinds, forming = [], set()
    above = _upward(actor, customer, forming)
    below, cut = _downward(actor, customer, forming)
    trees, lists = [], []
    for one in kinds:
        label = active().label(LIST, one.key)
        if one.key in forming:
            tree = _tree(request, customer, one.key, label, above, below, cut)
            trees += [tree] if tree is not None else []
        else:
            lists += _listed(actor, customer, one.key, label)
    return show(
        request, "customers/relations.html", customer=customer, trees=trees, lists=lists,
        above_url=_add(actor, customer=customer) if _changes(actor, customer) else "",
        below_url=_add(actor, other=customer),
        crumbs=[(_("Customer files"), reverse("customers.list")), (str(customer), record_url(record_of(Customer),
                customer.pk)), (_("Relations"), "")],
    )  # fmt: skip


def _seen(actor: Actor) -> Any:
    rows = Relation.objects.visible_to(actor).filter(customer__archived_at=None, other__archived_at=None)
    return rows.select_related("customer", "other")


def _upward(actor: Actor, customer: Customer, kinds: set[str]) -> dict[tuple[str, int], Relation]:
    """Return who stands above whom, by kind and id, from this customer upward: one query a level."""
    above: dict[tuple[str, int], Relation] = {}
    open_ones = {customer.pk}
    for _level in range(UPWARD):
        found = list(_seen(actor).filter(kind_key__in=kinds, customer__in=open_ones).order_by("pk")[:MOST])
        new = {(tie.kind_key, tie.customer_id): tie for tie in found}
        open_ones = {tie.other_id for key, tie in new.items() if key not in above}
        above |= new
        if not open_ones:
            break
    return above


def _downward(
    actor: Actor, customer: Customer, kinds: set[str]
) -> tuple[dict[tuple[str, int], list[Relation]], set[tuple[str, int]]]:  # fmt: skip
    """Return who stands below whom, and of whom more stands below than was read: one query a level."""
    below: dict[tuple[str, int], list[Relation]] = defaultdict(list)
    cut: set[tuple[str, int]] = set()
    open_ones, count, met = {customer.pk}, 0, {customer.pk}
    for _level in range(LEVELS):
        rows = (
            _seen(actor).filter(kind_key__in=kinds, other__in=open_ones).order_by("other", "kind_key", "pk")
        )
        found = list(rows[: MOST - count + 1])
        if len(found) > MOST - count:
            cut |= {(kind, pk) for kind in kinds for pk in open_ones if pk >= found[-1].other_id}
            found.pop()
        for tie in found:
            below[tie.kind_key, tie.other_id].append(tie)
        count += len(found)
        open_ones = {tie.customer_id for tie in found} - met
        met |= open_ones
        if not open_ones or count >= MOST:
            break
    if open_ones:
        rest = _seen(actor).filter(kind_key__in=kinds, other__in=open_ones)
        cut |= set(rest.order_by().values_list("kind_key", "other").distinct()[:MOST])
    return below, cut


def _tree(
    request: KedangRequest, customer: Customer, kind: str, label: str, above: Mapping[tuple[str, int], Relation],
    below: Mapping[tuple[str, int], list[Relation]], cut: set[tuple[str, int]],
) -> Tree | None:  # fmt: skip
    """Draw one kind of relation, or nothing where this customer stands in none that is seen."""
    actor, tiers, count, more = request.actor, Counter[str](), 0, False
    own = above.get((kind, customer.pk))
    here = _node(actor, customer, own, here=True)
    waiting, drawn = [here], {customer.pk}
    while waiting:
        place = waiting.pop(0)
        if (kind, place.row.pk) in cut:
            place.more_url, more = address(place.row.pk), True
        for tie in below.get((kind, place.row.pk), ()):
            if tie.customer_id in drawn:
                continue
            drawn.add(tie.customer_id)
            node = _node(actor, tie.customer, tie)
            place.below.append(node)
            waiting.append(node)
            tiers[node.tier] += 1
            count += 1
    if here.more_url:  # its own tree is this one: the list goes on
        here.more_url = f"{reverse('relations.list')}?other={ids.show(customer.pk)}&kind_key={kind}"
    top, upward = here, own
    while upward is not None and upward.other_id not in drawn:
        drawn.add(upward.other_id)
        further = above.get((kind, upward.other_id))
        top = _upper(_node(actor, upward.other, further), top)
        upward = further
    if top is here and not here.below:
        return None
    told = [(name, number) for name, number in tiers.most_common() if name]
    return Tree(label, top, count, more, told, _add(actor, other=customer, kind_key=kind))


def _upper(node: Node, below: Node) -> Node:
    node.below = [below]
    return node


def _node(actor: Actor, row: Customer, tie: Relation | None, *, here: bool = False) -> Node:
    kind = record_of(Customer)
    reads_tier = modes(actor, record_of(Relation))["tier_key"] >= Mode.READ
    tier = active().label(TIER, tie.tier_key) if tie is not None and tie.tier_key and reads_tier else ""
    return Node(
        row, record_url(kind, row.pk), here, tier, record_url(record_of(Relation), tie.pk) if tie is not None else "",
        cells.pills(actor, kind, row, ["level_key"]),
    )  # fmt: skip


def _listed(actor: Actor, customer: Customer, kind: str, label: str) -> list[dict[str, Any]]:
    """Return what leads from and to this customer by a kind that forms no tree."""
    kinds, found = record_of(Customer), []
    for key, end, title in (
        ("customer", "other", "%(label)s"),
        ("other", "customer", _("%(label)s this customer")),
    ):
        rows = list(_seen(actor).filter(kind_key=kind, **{key: customer.pk}).order_by("-pk")[: SHOWN + 1])
        if rows:
            found.append({
                "label": title % {"label": label}, "more": len(rows) > SHOWN,
                "rows": [
                    (getattr(tie, end), record_url(kinds, getattr(tie, f"{end}_id")), tie,
                     record_url(record_of(Relation), tie.pk)) for tie in rows[:SHOWN]
                ],
                "all_url": f"{reverse('relations.list')}?{key}={ids.show(customer.pk)}&kind_key={kind}",
            })  # fmt: skip
    return found


def _changes(actor: Actor, customer: Customer) -> bool:
    within = admitted(Customer, reach(actor, Customer, "change"), [customer])
    return actor.may(CUSTOMER, "change") and within[0]


def _add(actor: Actor, *, kind_key: str = "", **ends: Customer) -> str:
    """Return the form for a new relation with one end filled in, or nothing without the right."""
    if not actor.may(KEY, "create"):
        return ""
    named = "&".join(f"{name}={ids.show(row.pk)}" for name, row in ends.items())
    return f"{reverse('relations.create')}?{named}" + (f"&kind_key={kind_key}" if kind_key else "")


urlpatterns = [path("customers/<str:pk>/relations", page, name="customers.relations")]
