"""A small company in which everybody sees something else: li owns, wang is elsewhere, boss sees all."""

from dataclasses import dataclass, field
from typing import Any

from kedang.engine.actions.generic import new_record
from kedang.engine.actions.perform import perform
from kedang.engine.actions.work import Work
from kedang.engine.identity.models import Pool, Unit, User
from kedang.engine.installation import install
from kedang.engine.records.types import RECORDS
from kedang.engine.scope.doors import writing
from kedang.kernel.actor import Actor, Grant, Mode, Span

VERBS = (
    "view",
    "create",
    "change",
    "archive",
    "assign",
    "approve",
    "export",
    "import",
    "reveal",
    "claim",
    "seal",
)


def grant(span: Span, user: User, units: frozenset[int] = frozenset()) -> Grant:
    """Return a grant of one span, resolved for a user as the directory would."""
    home = user.unit_id
    reached = {Span.UNIT: frozenset({home}), Span.CUSTOM: units}.get(span, frozenset())
    if span is Span.BELOW:
        path = Unit.objects.get(pk=home).path
        reached = frozenset(Unit.objects.filter(path__startswith=path).values_list("pk", flat=True))
    return Grant(
        span is Span.ALL, own=True, follow=span is Span.FOLLOW, units=reached, sources=(("test", span),)
    )


def actor(user: User, spans: dict[str, Span], **more: Any) -> Actor:
    """Return an actor with these spans: {"customers.customer:view": Span.OWN}."""
    units = more.pop("custom_units", frozenset())
    grants = {key: grant(span, user, units) for key, span in spans.items() if span is not Span.NONE}
    return Actor(user.name, user.pk, user.unit_id, grants=grants, **more)


def everywhere(span: Span, verbs: tuple[str, ...] = VERBS) -> dict[str, Span]:
    """Return the same span for every record type and verb."""
    return {f"{key}:{verb}": span for key in RECORDS for verb in verbs}


def open_fields() -> dict[str, Mode]:
    """Return modes that open every guarded field."""
    return {f"{key}.{name}": Mode.OPEN for key, kind in RECORDS.items() for name in kind.guards}


@dataclass
class World:
    """Two regions, four people, and what they own."""

    company: Unit
    north: Unit
    branch: Unit
    south: Unit
    li: User
    wang: User
    zhao: User
    chief: User
    pool: Pool
    boss: Actor
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    def actor(self, user: User, spans: dict[str, Span], **more: Any) -> Actor:
        """Return an actor for one of the people."""
        return actor(user, spans, **more)


def build() -> World:
    """Fill an empty database: one record of each type for li (north), zhao (a branch of north) and wang (south)."""
    install(["general"])
    company = Unit.objects.create(name="总公司")
    north = Unit.objects.create(name="华北区", parent=company)
    branch = Unit.objects.create(name="北京分公司", parent=north)
    south = Unit.objects.create(name="华南区", parent=company)

    def person(username: str, name: str, unit: Unit) -> User:
        return User.objects.create_user(username, "correct horse", name=name, unit=unit, admin_unit=unit)

    li, wang = person("li", "李明", north), person("wang", "王芳", south)
    zhao, chief = person("zhao", "赵强", branch), person("chief", "陈总", company)
    pool = Pool.objects.create(name="公海")
    pool.units.add(company)
    boss = actor(chief, everywhere(Span.ALL), modes=open_fields())
    world = World(company, north, branch, south, li, wang, zhao, chief, pool, boss)
    for place, user in enumerate((li, zhao, wang), 1):
        fill(world, user, place)
    relate(world)
    return world


def relate(world: World) -> None:
    """Let each file have come by another's: li's by zhao's and back, so one who sees one end only sees neither."""
    files = world.records["customers.customer"]
    for user, other in ((world.li, "zhao"), (world.zhao, "li"), (world.wang, "li")):
        inputs = {
            "customer": files[user.username].pk, "other": files[other].pk, "kind_key": "referral",
            "note": f"经{'甲乙丙'[('li', 'zhao', 'wang').index(user.username)]}介绍", "owner": user.pk,
            "unit": user.unit_id,
        }  # fmt: skip
        made = perform(world.boss, "customers.relation.create", inputs=inputs).record
        world.records.setdefault("customers.relation", {})[user.username] = made


def fill(world: World, user: User, place: int) -> None:
    """File one record of each type that belongs to `user`."""

    def new(key: str, **inputs: Any) -> Any:
        inputs |= {"owner": user.pk, "unit": user.unit_id}
        record = perform(world.boss, f"{key}.create", inputs=inputs).record
        world.records.setdefault(key, {})[user.username] = record
        return record

    customer = new(
        "customers.customer", name=f"北京红光{'一二三'[place - 1]}酒业有限公司", type_key="enterprise", country="CN",
        phone=f"0108888000{place}", level_key="gold", region_code="110100", credit_limit="50000",
    )  # fmt: skip
    above = new("customers.contact", customer=customer.pk, name="赵总", position="总经理")
    contact = new(
        "customers.contact",
        customer=customer.pk,
        name="张伟",
        position="采购经理",
        mobile=f"1390000000{place}",
    )
    new(
        "engagement.task", customer=customer.pk, title=f"送第{'一二三'[place - 1]}批样品", due_on="2026-11-25"
    )
    visit = new(
        "engagement.visit", customer=customer.pk, planned_on="2026-11-20", contact=contact.pk,
        purpose=f"{'一二三'[place - 1]}月对账",
    )  # fmt: skip
    visit = perform(world.boss, "engagement.visit.done", visit.pk, {"result": "对上了，差两张票"}).record
    world.records["engagement.visit"][user.username] = visit
    world.records.setdefault("engagement.card", {})[user.username] = visit.card
    new(
        "engagement.promise", customer=customer.pk, visit=visit.pk, wording=f"补第{'一二三'[place - 1]}张票",
        due_on="2026-11-30",
    )  # fmt: skip
    new(
        "customers.influence", customer=customer.pk, source=above.pk, target=contact.pk, kind_key="influence",
        note=f"报价先问{'甲乙丙'[place - 1]}",
    )  # fmt: skip
    new(
        "personal.consent", customer=customer.pk, contact=contact.pk, purpose_key="marketing", channel_key="sms",
        wording=f"短信营销第{place}版", evidence_key="signed", given_on="2026-11-01",
    )  # fmt: skip
    new(
        "personal.request", customer=customer.pk, contact=contact.pk, kind_key="access",
        what=f"要一份资料，第{place}次", asked_on="2026-11-10",
    )  # fmt: skip
    perform(world.boss, "customers.contact.archive", above.pk, reason="离职")
    product = new("catalog.product", number=f"P-{place}", name="离心泵", list_price="1200", floor_price="900")
    lines = [{"line_no": 1, "product": product.pk, "quantity": "2", "price": "1200"}]
    order = new("trade.order", customer=customer.pk, ordered_on="2026-11-01", status_key="draft", lines=lines)
    new("planning.salesline", customer=customer.pk, month_on=f"2027-0{place + 3}-01", target=f"{place}0000")
    new("trade.receipt", customer=customer.pk, order=order.pk, received_on="2026-11-05", amount="1000")
    rule = new("warnings.rule", name=f"失火{'一二三'[place - 1]}", kind_key="event", level_key="red", days=2)
    new(
        "warnings.warning",
        customer=customer.pk,
        rule=rule.pk,
        reason=f"{place}号仓库起火",
        happened_on="2024-11-20",
    )
    new(
        "engine.standin", deputy=world.chief.pk, starts_on="2999-01-01", ends_on="2999-01-0" + str(place + 1),
        reason="年假" + "一二三"[place - 1],
    )  # fmt: skip
    new("team.handover", leaver=user.pk, receiver=world.chief.pk, reason="离职" + "一二三"[place - 1])
    new("reviews.meeting", kind_key="month", starts_on=f"2026-1{place - 1}-05", attendees="各部门负责人")
    review(world, user, customer, "一二三"[place - 1])
    new(
        "engine.savedview", name=f"{'一二三'[place - 1]}级客户", record="customers.customer", query="level_key=gold",
    )  # fmt: skip
    asked = perform(
        actor(user, everywhere(Span.OWN, ("view", "archive", "create"))), "customers.customer.archive", customer.pk,
        reason="停业",
    )  # fmt: skip
    world.records.setdefault("engine.approval", {})[user.username] = asked.approval


def review(world: World, user: User, customer: Any, mark: str) -> None:
    """File a suggestion about a customer, and a line of a meeting that goes through its file: both come about alone."""
    meeting = world.records["reviews.meeting"][user.username]
    own = {"owner_id": user.pk, "unit_id": user.unit_id, "customer_id": customer.pk}
    for key, values in {
        "reviews.suggestion": {
            "subject": f"建议{mark}", "named": customer.name, "changes": {"phone": "01088880009"}, "reason": "换号",
            "suggested_by_id": world.chief.pk,
        },
        "reviews.reviewline": {
            "title": f"例会{mark}", "meeting_id": meeting.pk, "section_key": "update",
            "reasons": [["stale", {"days": 95}]],
        },
    }.items():  # fmt: skip
        work = Work(world.boss, f"{key}.file", "create", releases=True)
        with writing(work.action):
            row: Any = new_record(work, RECORDS[key])
            for name, value in (own | values).items():
                setattr(row, name, value)
            work.save(row)
        world.records.setdefault(key, {})[user.username] = row
