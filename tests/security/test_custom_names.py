"""Attack 53: names and choices of custom fields that try to be code, markup or a path."""

import pytest

from kedang.areas.customers.models import Customer
from kedang.engine.actions.perform import perform
from kedang.engine.attributes import filling
from kedang.engine.attributes.define import Definition, define, filter_by
from kedang.engine.records.conditions import meaning, parse
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor, Span
from kedang.kernel.errors import Invalid
from world import World, everywhere

CUSTOMER = "customers.customer"
NAMES = [
    "'; drop table customers_customer; --", '"quoted" {{ braces }} {% load x %}', "<script>alert(1)</script>",
    "custom__contains", "select", "$.a.b", "x' || (select 1) || '", "__class__", "%(password)s %s", "../../etc/passwd",
]  # fmt: skip
KEYS = ["a'b", 'a"b', "a{b}", "a__b", "_a", "a_", "A", "1a", "a.b", "a-b", "a b", "到", "a_from", "a_to", "a_id",
        "x" * 41, "a\n", "a%s"]  # fmt: skip
KEYWORDS = ["select", "class", "id", "pk", "isnull", "contains", "in", "custom", "order"]


@pytest.fixture
def admin(world: World) -> Actor:
    return world.actor(world.chief, {"engine.role:change": Span.ALL, **everywhere(Span.ALL)})


def found(admin: Actor, name: str, value: str) -> list[Customer]:
    tree = parse(admin, RECORDS[CUSTOMER], {name: [value]})
    return list(Customer.objects.visible_to(admin).filter(meaning(admin, tree)))


@pytest.mark.parametrize("key", KEYS)
def test_attack_53_a_key_that_is_more_than_a_word_is_refused(world: World, admin: Actor, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        define(admin, CUSTOMER, Definition(label="口味", key=key))
    assert [problem.field for problem in refused.value.problems] == ["key"]


@pytest.mark.parametrize("label", NAMES)
def test_attack_53_a_label_is_only_ever_data(world: World, admin: Actor, label: str) -> None:
    row = define(admin, CUSTOMER, Definition(label=label, kind="choice", choices=[label, "红"]))
    key = row.choices[0]["key"]
    customer = world.records[CUSTOMER]["li"]
    perform(admin, f"{CUSTOMER}.update", customer.pk, {f"x_{row.key}": key})
    filling.fill(filter_by(admin, CUSTOMER, row.key).pk)

    rows = found(admin, f"x_{row.key}", key)

    assert [one.pk for one in rows] == [customer.pk]
    assert row.key.isascii() and row.key.replace("_", "").isalnum() and key.replace("_", "").isalnum()


@pytest.mark.parametrize("key", KEYWORDS)
def test_attack_53_words_that_mean_something_elsewhere_are_plain_keys(
    world: World, admin: Actor, key: str
) -> None:
    define(admin, CUSTOMER, Definition(label=key, key=key))
    customer = world.records[CUSTOMER]["li"]
    perform(admin, f"{CUSTOMER}.update", customer.pk, {f"x_{key}": "值"})
    filling.fill(filter_by(admin, CUSTOMER, key).pk)

    rows = found(admin, f"x_{key}", "值")

    assert [one.pk for one in rows] == [customer.pk]
    assert Customer.objects.visible_to(admin).get(pk=customer.pk).custom == {key: "值"}
