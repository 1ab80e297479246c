"""What every surface knows about customers and contacts."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.customers import relations, services
from kedang.areas.customers.models import Contact, Customer, Influence, Relation
from kedang.engine.records.types import Panel, RecordType, Related, register
from kedang.kernel.actor import Mode

BASIC = ("name", "short_name", "type_key", "level_key", "status_key", "industry_key", "trade_code", "source_key",
         "since", "kinds", "credit_code", "legal_person", "external_no")  # fmt: skip
REACH = ("phone", "fax", "email", "website", "country", "region_code", "city", "address", "place")
MONEY = ("tax_number", "bank", "bank_account", "swift")
TRAITS = ("market_area", "business_scope", "sales_capability", "potential_key", "philosophy", "competitors",
          "trading_state")  # fmt: skip
CREDIT = ("credit_limit", "credit_term_days", "credit_rating")
PERSON = ("customer", "name", "position", "layer_key", "role_key", "attitude_key", "influence")
KEY_PERSON = ("covered_by", "closeness", "closeness_wanted", "traits", "to_competitors")
TIE = ("customer", "kind_key", "other", "tier_key", "note")
LINE = ("customer", "source", "target", "kind_key", "note")
NEXT = ("next_step", "next_step_on")

CUSTOMER = register(
    RecordType(
        model=Customer,
        plural="customers",
        label=_("Customer"),
        label_plural=_("Customer files"),
        icon="file",
        nav="customers",
        order=10,
        subtitle="number",
        type_field="type_key",
        pills=("level_key", "type_key", "status_key"),
        columns=(
            "number",
            "name",
            "level_key",
            "type_key",
            "owner",
            "status_key",
            "city",
            "phone",
            "next_step",
            "next_step_on",
            "changed_at",
        ),
        filters=(
            "type_key",
            "level_key",
            "status_key",
            "owner",
            "unit",
            "pool",
            "industry_key",
            "trade_code",
            "source_key",
            "potential_key",
            "region_code",
            "city",
            "country",
            "name",
            "next_step_on",
            "since",
            "created_at",
            "changed_at",
        ),
        sorts=("number", "name_sort", "next_step_on", "since", "changed_at"),
        search={
            "name": "name",
            "short_name": "name",
            "number": "code",
            "external_no": "code",
            "phone": "phone",
            "credit_code": "code",
        },
        panels=(
            Panel(_("Basic data"), BASIC),
            Panel(_("Contact data"), REACH),
            Panel(_("Characteristics"), TRAITS),
            Panel(_("Bank and tax"), MONEY),
            Panel(_("Credit"), CREDIT),
            Panel(_("Remarks"), ("remarks",)),
        ),
        form=(
            Panel(_("Basic data"), BASIC),
            Panel(_("Contact data"), REACH),
            Panel(_("Next step"), NEXT),
            Panel(_("Characteristics"), TRAITS),
            Panel(_("Bank and tax"), MONEY),
            Panel(_("Credit"), CREDIT),
            Panel(_("Remarks"), ("remarks",)),
        ),
        required=("name", "type_key"),
        choices={
            "type_key": "customer_type",
            "level_key": "level",
            "status_key": "customer_status",
            "industry_key": "industry",
            "source_key": "customer_source",
            "potential_key": "potential",
        },
        kinds={
            "phone": "phone",
            "fax": "phone",
            "region_code": "region",
            "country": "country",
            "trade_code": "trade",
            "legal_person": "person",
        },
        guards={
            "credit_limit": Mode.HIDE,
            "credit_term_days": Mode.HIDE,
            "credit_rating": Mode.HIDE,
            "bank_account": Mode.MASK,
        },
        pool_masks=(
            "phone",
            "fax",
            "email",
            "address",
            "place",
            "latitude",
            "longitude",
            "credit_code",
            "legal_person",
            "bank_account",
        ),
        silent=("sound_key", "trade_key", "address_key", "latitude", "longitude"),
        related=(
            Related("customers.contact", "customer"),
            Related("engagement.task", "customer"),
            Related("trade.order", "customer"),
            Related("trade.receipt", "customer"),
        ),
        match=("external_no", "number", "credit_code"),
        natural=("number",),
        timeline="customer",
        logs_looks=True,
        archive_asks=True,
        locks=services.locked_fields,
        prepare=(services.tidy_customers,),
        on_store=(services.number_files,),
    )
)

CONTACT = register(
    RecordType(
        model=Contact,
        plural="contacts",
        label=_("Contact"),
        label_plural=_("Contacts"),
        icon="user",
        nav="customers",
        order=20,
        subtitle="position",
        pills=("layer_key", "attitude_key"),
        columns=(
            "name",
            "customer",
            "position",
            "layer_key",
            "attitude_key",
            "influence",
            "mobile",
            "wechat",
        ),
        filters=(
            "customer",
            "layer_key",
            "attitude_key",
            "influence",
            "role_key",
            "covered_by",
            "owner",
            "position",
            "changed_at",
        ),
        sorts=("name_sort", "changed_at"),
        search={
            "name": "person",
            "position": "words",
            "mobile": "phone",
            "phone": "phone",
            "email": "email",
            "wechat": "code",
        },
        panels=(
            Panel(_("Person"), PERSON),
            Panel(_("Key person"), KEY_PERSON),
            Panel(_("Contact data"), ("mobile", "phone", "email", "wechat")),
            Panel(_("Personal"), ("birthday", "birthday_lunar", "hobbies", "remarks")),
        ),
        form=(
            Panel(_("Person"), PERSON),
            Panel(_("Key person"), KEY_PERSON),
            Panel(_("Contact data"), ("mobile", "phone", "email", "wechat")),
            Panel(_("Personal"), ("birthday", "birthday_lunar", "hobbies", "remarks")),
        ),
        required=("name", "customer"),
        choices={"layer_key": "contact_layer", "attitude_key": "contact_attitude", "role_key": "buyer_role"},
        kinds={"mobile": "phone", "phone": "phone"},
        pool_masks=("mobile", "phone", "email", "wechat"),
        match=(),
        natural=("customer", "name"),
        personal=True,
        timeline="contact",
        prepare=(services.tidy_contacts,),
    )
)

INFLUENCE = register(
    RecordType(
        model=Influence,
        plural="influences",
        label=_("Line of influence"),
        label_plural=_("Lines of influence"),
        title="note",
        subtitle="kind_key",
        icon="map",
        order=25,
        pills=("kind_key",),
        columns=("note", "customer", "source", "target", "kind_key", "owner"),
        filters=("customer", "kind_key", "owner"),
        panels=(Panel(_("Line of influence"), LINE),),
        form=(Panel(_("Line of influence"), LINE),),
        required=("customer", "source", "target", "kind_key", "note"),
        choices={"kind_key": "influence_kind"},
        natural=("customer", "source", "target", "note"),
        timeline="influence",
        prepare=(services.check_influences,),
    )
)

RELATION = register(
    RecordType(
        model=Relation,
        plural="relations",
        label=_("Relation"),
        label_plural=_("Relations between customers"),
        title="note",
        subtitle="customer",
        icon="map",
        nav="customers",
        order=22,
        pills=("kind_key", "tier_key"),
        columns=("note", "customer", "kind_key", "other", "tier_key", "owner"),
        filters=("customer", "other", "kind_key", "tier_key", "owner", "changed_at"),
        sorts=("changed_at",),
        search={"note": "words"},
        panels=(Panel(_("Relation"), TIE),),
        form=(Panel(_("Relation"), TIE),),
        required=("customer", "kind_key", "other"),
        choices={"kind_key": "relation_kind", "tier_key": "relation_tier"},
        natural=("customer", "kind_key", "other"),
        timeline="relation",
        prepare=(relations.check,),
    )
)
