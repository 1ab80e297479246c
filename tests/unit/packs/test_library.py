"""The packs that come with Kedang: whole, translated, and as the requirements bind them."""

import pytest

from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Span
from kedang.packs.check import problems_of, untranslated
from kedang.packs.loader import library, resolve
from kedang.packs.schema import Pack

MANAGED = {
    key: {}
    for key in ("engine.user", "engine.unit", "engine.role", "engine.company", "engine.pool", "engine.log")
}
OF_ONES_OWN = ("engine.approval", "engine.standin", "engine.savedview")
CREDIT = ("credit_limit", "credit_term_days", "credit_rating")


@pytest.fixture(scope="module")
def general():
    return resolve(["general"])


def records():
    return {
        key: {name: spec.kind for name, spec in kind.fields.items()} for key, kind in RECORDS.items()
    } | MANAGED


@pytest.mark.parametrize("key", library())
def test_a_shipped_pack_fits_itself_and_the_records_there_are(key):
    assert problems_of(resolve([key]), records()) == ()


@pytest.mark.parametrize("key", library())
def test_a_shipped_pack_speaks_english_too(key):
    assert untranslated(library()[key]) == ()


@pytest.mark.parametrize("key", library())
def test_a_stored_pack_is_the_pack(key):
    pack = resolve([key])
    assert Pack.model_validate_json(pack.model_dump_json()) == pack


def test_every_list_that_a_field_offers_is_in_the_general_pack(general):
    for kind in RECORDS.values():
        for name, listed in kind.choices.items():
            assert general.choices(listed), f"{kind.key}.{name}"


def test_the_binding_figures(general):
    bound = {
        "file.stale_days": 90, "file.hold_days": 30, "file.card_lines": 10, "quota.calls_per_day": 30,
        "quota.customers_visited_per_week": 20, "quota.new_customers_per_month": 3, "rfm.threshold": "mean",
    }  # fmt: skip
    assert {key: general.value_of(key) for key in bound} == bound


def test_the_letters_of_types_and_levels(general):
    assert {entry.key: entry.code for entry in general.customer_type} == {
        "enterprise": "E", "individual": "I", "dealer": "D", "terminal": "T", "household": "H", "other": "O",
    }  # fmt: skip
    levels = [(entry.key, entry.code, entry.shape) for entry in general.choices("level")]
    assert levels == [
        ("diamond", "A", "dia"),
        ("gold", "B", "gld"),
        ("silver", "C", "slv"),
        ("member", "D", "mbr"),
    ]


def test_an_individual_needs_only_a_name_and_an_owner(general):
    required = {entry.key: entry.required for entry in general.customer_type}
    assert required["individual"] == ("name", "owner")
    assert required["enterprise"] == ("name", "owner", "phone", "country")


def test_every_type_has_its_weights(general):
    assert {entry.key for entry in general.completeness} == {entry.key for entry in general.customer_type}


def test_the_twenty_sections_of_the_industry_standard(general):
    assert "".join(choice.code for choice in general.choices("industry")) == "ABCDEFGHIJKLMNOPQRST"


def test_no_two_places_share_letters(general):
    rule = general.number_rule_of("customers.customer")
    codes = next(part.codes for part in rule.parts if part.key == "region")
    assert len(codes) == len(set(codes.values()))
    assert codes["4401"] == "GZ"


def test_a_sales_representative_exports_nothing(general):
    role = general.find("role", "sales_rep")
    assert not any("export" in grant.actions for grant in role.grants)
    assert role.limits.export_rows == 0


def test_whoever_exports_has_a_limit_of_rows_and_the_reverse(general):
    for role in general.role:
        exports = any("export" in grant.actions for grant in role.grants)
        assert exports is (role.limits.export_rows != 0), role.key


def test_whoever_reveals_has_a_quota(general):
    for role in general.role:
        reveals = any("reveal" in grant.actions for grant in role.grants)
        assert reveals <= (role.limits.reveal_per_day != 0), role.key


def test_credit_data_are_for_supervisors_and_above_and_changed_by_finance_alone(general):
    def roles(*modes):
        return {
            role.key
            for role in general.role
            for right in role.field_rights
            if right.field in CREDIT and right.mode in modes
        }

    assert roles("open") == {"finance"}
    assert roles("read") == {"kam_supervisor", "sales_manager", "branch_manager", "general_manager"}


def test_numbers_are_masked_for_those_who_only_look(general):
    for key in ("call_agent", "archivist", "inspector"):
        role = general.find("role", key)
        masked = {(right.record, right.field) for right in role.field_rights if right.mode == "mask"}
        assert masked >= {
            ("customers.customer", "phone"),
            ("customers.contact", "mobile"),
            ("customers.contact", "phone"),
        }
        assert not any(
            {"change", "create", "export"} & set(g.actions)
            for g in role.grants
            if g.record not in (*OF_ONES_OWN, "engagement.task", "warnings.warning", "reviews.suggestion")
        )


def test_finance_sees_every_customer_and_books_receipts(general):
    grants = {
        (g.record, action): g.span for g in general.find("role", "finance").grants for action in g.actions
    }
    assert grants["customers.customer", "view"] is Span.ALL
    assert ("trade.receipt", "change") in grants
    assert ("trade.order", "create") not in grants
    rights = {right.field: right.mode for right in general.find("role", "finance").field_rights
              if right.record == "trade.order"}  # fmt: skip
    assert [name for name in RECORDS["trade.order"].form_fields if rights.get(name) != "read"] == ["due_on"]


def test_the_administrator_brings_data_in_and_out_and_approves_no_business(general):
    role = general.find("role", "administrator")
    for record in (
        "customers.customer",
        "customers.contact",
        "catalog.product",
        "trade.order",
        "trade.receipt",
    ):
        actions = {action for grant in role.grants if grant.record == record for action in grant.actions}
        assert actions >= {"view", "create", "change", "assign", "import", "export"}
        assert "approve" not in actions


def test_who_hands_over_customers_hands_over_what_hangs_on_them(general):
    for role in general.role:
        assigns = {grant.record for grant in role.grants if "assign" in grant.actions}
        hangs = {grant.record for grant in role.grants if grant.span == "follow"}
        if "customers.customer" in assigns:
            assert hangs <= assigns, role.key
