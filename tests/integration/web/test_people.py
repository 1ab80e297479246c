"""The key-person map in a browser: layers, gaps with what to do, lines between visible people, nothing hidden told."""

import pytest

from kedang.areas.customers import touches
from kedang.areas.customers.models import Influence
from kedang.engine.actions.perform import perform
from kedang.engine.identity.actors import actor_of
from kedang.engine.identity.models import FieldRight, Role, User
from kedang.engine.identity.stamps import bump
from kedang.kernel import clock
from kedang.kernel.actor import Mode
from kedang.kernel.errors import Invalid


def text(answer):
    return answer.content.decode()


@pytest.fixture
def people(world):
    """Li's customer has an opponent who decides and is not met, and a buyer whom li covers."""
    customer = world.records["customers.customer"]["li"]

    def add(name, **more):
        inputs = {
            "customer": customer.pk,
            "name": name,
            "owner": world.li.pk,
            "unit": world.li.unit_id,
            **more,
        }
        return perform(world.boss, "customers.contact.create", inputs=inputs).record

    against = add(
        "邝雪宜",
        layer_key="decision",
        attitude_key="opponent",
        influence=4,
        closeness=1,
        covered_by=world.li.pk,
    )
    buyer = add(
        "吴启明", layer_key="implementation", attitude_key="supporter", influence=3, covered_by=world.li.pk
    )
    return against, buyer


def line(world, source, target, by=None, **more):
    inputs = {
        "customer": source.customer_id, "source": source.pk, "target": target.pk, "kind_key": "conflict",
        "note": "账期之争", **more,
    }  # fmt: skip
    return perform(by or world.boss, "customers.influence.create", inputs=inputs).record


def test_the_map_shows_people_lines_and_gaps_with_one_thing_to_do_each(world, sign_in, address, people):
    line(world, *people)
    client = sign_in(world.li, "sales_rep")
    page = text(client.get(address("customers", "customers.customer", "li") + "/people"))
    assert "邝雪宜 has much to say, and no contact with us is noted" in page
    assert "No key player is for us yet" in page
    assert "/edit#f-next_step" in page
    assert "&amp;layer_key=use" in page
    assert 'class="con-l" d="M' in page
    assert "账期之争" in page
    file = text(client.get(address("customers", "customers.customer", "li") + "/beside"))
    assert "See the map" in file
    assert "No key player is for us yet" in file


def test_a_contact_that_another_area_notes_counts_as_met(world, sign_in, address, people, monkeypatch):
    monkeypatch.setattr(touches, "SOURCES", [lambda actor, pks: {people[0].pk: clock.today()}])
    page = text(
        sign_in(world.li, "sales_rep").get(address("customers", "customers.customer", "li") + "/people")
    )
    assert "no contact with us is noted" not in page
    assert "last contact" in page


def test_what_a_role_may_not_see_is_on_the_map_neither_as_text_nor_as_a_place(
    world, sign_in, address, people
):
    role = Role.objects.get(key="sales_rep")
    for name in ("layer_key", "attitude_key", "position"):
        FieldRight.objects.create(role=role, record="customers.contact", field=name, mode=Mode.HIDE)
    bump("identity")
    page = text(
        sign_in(world.li, "sales_rep").get(address("customers", "customers.customer", "li") + "/people")
    )
    assert "Opponent" not in page
    assert "采购经理" not in page
    assert "Layer unknown" in page


def test_a_customer_out_of_reach_has_no_map(world, sign_in, address, people):
    answer = sign_in(world.wang, "sales_rep").get(
        address("customers", "customers.customer", "li") + "/people"
    )
    assert answer.status_code == 404
    assert "邝雪宜" not in text(answer)


@pytest.mark.parametrize("end", ["source", "target"])
def test_a_line_runs_between_people_of_one_customer_whom_the_writer_sees(world, sign_in, people, end):
    sign_in(world.li, "sales_rep")
    li = actor_of(User.objects.get(pk=world.li.pk))
    elsewhere, home = world.records["customers.contact"]["wang"], people[0].customer_id
    with pytest.raises(Invalid) as refused:
        line(
            world,
            *({"source": (elsewhere, people[1]), "target": (people[0], elsewhere)}[end]),
            by=li,
            customer=home,
        )
    assert [problem.field for problem in refused.value.problems] == [end]
    with pytest.raises(Invalid):
        line(world, people[0], people[0], by=li)
    with pytest.raises(Invalid):  # whoever sees both customers crosses them no more than others
        line(world, people[0], elsewhere)
    assert not Influence.objects.visible_to(world.boss).filter(note="账期之争").exists()
