"""The rule of a pool in the browser: what it says, tried before it holds, put in force, and back to the pack's."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import translation

from api.calling import give
from kedang.areas.pool import selectors, services, told
from kedang.areas.pool.models import Forecast, Proposal
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import Pool
from kedang.engine.installation import install
from kedang.engine.jobs import running
from kedang.engine.ledger.models import HistoryEntry
from kedang.engine.records.verify import verify
from kedang.kernel import clock, ids
from kedang.kernel.errors import Conflict, Invalid, NotVisible, RuleBroken

FILED = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = datetime(
    2026, 5, 4, 4, tzinfo=UTC
)  # day 63: the rule of the pack lets nobody fall before the 1st of June
KEY = "customers.customer"
SHORTER = {
    "falls": [{"after": "follow_up", "days": "60", "types": [], "levels": [], "statuses": []}],
    "warn_days": "5，1", "keep_levels": ["gold"], "keep_receivable": True, "holding_cap": "2",
}  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def files(world):
    """Return a member and a gold customer of li that nobody has followed up since March."""
    with clock.frozen(FILED):
        return [
            perform(world.boss, f"{KEY}.create", inputs={
                "name": name, "type_key": "enterprise", "country": "CN", "phone": "01088880009",
                "level_key": level, "owner": world.li.pk,
            }).record
            for name, level in (("无人跟进的会员", "member"), ("无人跟进的金卡", "gold"))
        ]  # fmt: skip


@pytest.fixture(autouse=True)
def still():
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def chief(world):
    return actor_of(give(world.chief, "general_manager"))


def work():
    while (job := running.take()) is not None:
        running.run(job)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_rule_is_tried_before_it_holds_and_nobody_moves(world, chief, files):
    made = services.propose(chief, world.pool, SHORTER)
    work()
    made.refresh_from_db()
    assert (made.counts["due_now"], made.counts["due_then"], made.counts["sooner"]) == (0, 1, 1)
    assert [one["pk"] for one in made.found["sooner"]] == [files[0].pk]
    world.pool.refresh_from_db()
    assert world.pool.rule is None
    assert not Forecast.objects.exists()
    lines = told.shifted(chief, made.found["sooner"])
    assert [(one.row.pk, one.now, one.then) for one in lines] == [
        (files[0].pk, date(2026, 6, 1), date(2026, 5, 4))
    ]
    assert (
        told.shifted(actor_of(world.wang), made.found["sooner"]) == []
    )  # who does not see it is not told its name


def test_what_was_tried_is_put_in_force_with_its_history_and_taken_back(world, chief, files):
    services.put_in_force(chief, tried(chief, world.pool, SHORTER))
    pool = Pool.objects.get(pk=world.pool.pk)
    assert selectors.rule_of(pool).falls[0].days == 60
    assert selectors.rule_of(pool).warn_days == (5, 1)
    due = {one.pk: one.verdict for _last, some in selectors.judged(date(2026, 5, 4)) for one in some}
    assert due[files[0].pk].falls(date(2026, 5, 4))
    assert due[files[1].pk].kept == ("key_account",)
    work()
    assert Forecast.objects.get(customer=files[0].pk).on == date(2026, 5, 2)  # foreseen anew by the new rule
    entry = HistoryEntry.objects.get(record="engine.pool", record_id=pool.pk)
    assert (entry.action, entry.actor_id) == (services.SET_RULE, world.chief.pk)
    page = browser(world.chief).get(f"/pool/rules/{ids.show(pool.pk)}").content.decode()
    assert "按规则包" in page
    assert "60天没有跟进就落入" in page
    services.put_in_force(chief, tried(chief, pool, None))
    pool.refresh_from_db()
    assert pool.rule is None
    assert selectors.rule_of(pool) == selectors.usual_rule()
    assert verify().faults == []


def tried(actor, pool, given):
    made = services.propose(actor, pool, given)
    work()
    made.refresh_from_db()
    return made


def test_another_installation_of_the_pack_leaves_a_rule_of_ones_own(world, chief):
    services.put_in_force(chief, tried(chief, world.pool, SHORTER))
    install(["general"])
    assert selectors.rule_of(Pool.objects.get(pk=world.pool.pk)).falls[0].days == 60


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"falls": [{"after": "follow_up", "days": "0"}]}, "falls.0.days", "1 to 3650"),
        ({"falls": [{"after": "follow_up", "days": "ninety"}]}, "falls.0.days", "whole number"),
        ({"falls": [{"after": "full_moon", "days": "9"}]}, "falls.0.after", "counted"),
        ({"falls": [{"after": "order", "days": "9", "levels": ["platinum"]}]}, "falls.0.levels", "platinum"),
        (
            {"falls": [{"after": "order", "days": "90"}, {"after": "order", "days": "60"}]},
            "falls.1.days",
            "same",
        ),
        ({"falls": [{"after": "order", "days": "5"}], "warn_days": "7, 3"}, "warn_days", "7 working days"),
        ({"warn_days": "40"}, "warn_days", "from 1 to 15"),
        ({"warn_days": "soon"}, "warn_days", "as in 7, 3, 1"),
        ({"claims_per_day": "-1"}, "claims_per_day", "0 to 1000"),
        ({"keep_levels": ["platinum"]}, "keep_levels", "platinum"),
        ({"holding_types": ["shop"]}, "holding_types", "shop"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_in_words(world, chief, wrong, field, said):
    with translation.override("en"), pytest.raises(Invalid) as refused:
        services.propose(chief, world.pool, wrong)
    assert [(one.field, said in one.text) for one in refused.value.problems] == [(field, True)]
    assert not Proposal.objects.exists()


def test_a_rule_that_holds_already_is_not_tried(world, chief):
    with pytest.raises(RuleBroken):
        services.propose(chief, world.pool, None)


def test_who_was_overtaken_tries_again(world, chief):
    made = tried(chief, world.pool, SHORTER)
    perform(chief, "engine.pool.update", world.pool.pk, {"name": "华南公海", "units": [world.north.pk]})
    with pytest.raises(Conflict):
        services.put_in_force(chief, made)
    with pytest.raises(NotVisible):
        perform(actor_of(give(world.wang, "sales_manager")), services.SET_RULE, world.pool.pk, {"rule": None})


def test_the_pages_lead_from_the_rule_to_the_trial_and_back(world, chief, files):
    client, shown = browser(world.chief), ids.show(world.pool.pk)
    assert "90天没有跟进就落入" in client.get("/pool/rules").content.decode()
    form = client.get(f"/pool/rules/{shown}/rule").content.decode()
    assert 'name="falls.0.days"' in form
    sent = {"falls.0.days": "60", "falls.0.after": "follow_up", "warn_days": "5,1", "keep_levels": ["gold"],
            "falls.1.days": "", "falls.1.after": "order"}  # fmt: skip
    wrong = client.post(f"/pool/rules/{shown}/rule", {**sent, "falls.0.days": "sixty"})
    assert wrong.status_code == 422
    assert "1到3650" in wrong.content.decode()
    answer = client.post(f"/pool/rules/{shown}/rule", sent)
    url = answer["Location"]
    assert "正在试算" in client.get(url).content.decode()
    assert client.post(f"{url}/use").status_code == 409
    work()
    page = client.get(url).content.decode()
    assert "无人跟进的会员" in page
    assert "属于大客户" in page  # the gold one, which no longer falls
    assert client.post(f"{url}/use").status_code == 302
    assert selectors.rule_of(Pool.objects.get(pk=world.pool.pk)).falls[0].days == 60
    other = browser(give(world.zhao, "administrator"))
    assert other.get(url).status_code == 404
    rep = browser(give(world.wang, "sales_rep"))
    assert rep.get("/pool/rules").status_code == 403
    assert "60天没有跟进就落入" in rep.get("/pool").content.decode()  # what holds is for everybody to read


def test_pools_are_made_and_renamed_by_who_may(world, chief):
    client = browser(world.chief)
    refused = client.post("/pool/rules/new", {"name": "华东公海"})
    assert refused.status_code == 422
    assert "选择哪些部门" in refused.content.decode()
    made = client.post("/pool/rules/new", {"name": "华东公海", "units": [ids.show(world.south.pk)]})
    assert made.status_code == 302
    pool = Pool.objects.get(name="华东公海")
    assert list(pool.units.all()) == [world.south]
    with pytest.raises(Invalid):
        perform(chief, "engine.pool.create", None, {"name": "华东公海", "units": [world.south.pk]})
    entries = HistoryEntry.objects.filter(record="engine.pool", record_id=pool.pk)
    assert entries.order_by("-seq").first().changes["units"][:2] == [[], [world.south.pk]]
    assert verify().faults == []
