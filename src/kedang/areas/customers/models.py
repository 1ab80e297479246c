"""The customer file and its contacts."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kedang.engine.columns import MoneyField
from kedang.engine.scope.models import ScopedModel

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


class Customer(ScopedModel):
    """A company, person or outlet that buys or may buy: one file for each, numbered and owned."""

    pooled = True

    name = models.CharField(_("Name"), max_length=120)
    short_name = models.CharField(_("Short name"), max_length=40, blank=True)
    name_sort = models.CharField(max_length=64, blank=True, editable=False)
    sound_key = models.CharField(max_length=60, blank=True, editable=False)
    trade_key = models.CharField(max_length=20, blank=True, editable=False)
    address_key = models.CharField(max_length=60, blank=True, editable=False)
    number = models.CharField(_("File number"), max_length=40, blank=True, editable=False)
    serial = models.PositiveIntegerField(_("Serial"), null=True, blank=True, editable=False)
    external_no = models.CharField(_("External number"), max_length=60, blank=True)
    type_key = models.CharField(_("Type"), max_length=40)
    level_key = models.CharField(_("Level"), max_length=40, blank=True)
    status_key = models.CharField(_("Status"), max_length=40, blank=True)
    pool = models.ForeignKey("engine.Pool", models.PROTECT, null=True, blank=True, verbose_name=_("Pool"),
                             related_name="+")  # fmt: skip

    credit_code = models.CharField(_("Unified social credit code"), max_length=18, blank=True)
    legal_person = models.CharField(_("Legal representative"), max_length=40, blank=True)
    trade_code = models.CharField(pgettext_lazy("of a company", "Trade"), max_length=3, blank=True)
    industry_key = models.CharField(_("Industry"), max_length=40, blank=True)
    source_key = models.CharField(_("Source"), max_length=40, blank=True)
    since = models.DateField(_("Customer since"), null=True, blank=True)
    kinds = models.CharField(_("What they buy"), max_length=200, blank=True)

    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    fax = models.CharField(_("Fax"), max_length=40, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    website = models.URLField(_("Website"), blank=True)
    country = models.CharField(_("Country"), max_length=2, blank=True, default="CN")
    region_code = models.CharField(_("Region"), max_length=6, blank=True)
    city = models.CharField(_("City"), max_length=40, blank=True)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    place = models.CharField(
        _("Location"), max_length=60, blank=True,
        help_text=_("Latitude and longitude with their system: 23.129110, 113.264385 GCJ-02 (Amap, Tencent), BD-09 "
                    "(Baidu) or WGS-84 (GPS)."),
    )  # fmt: skip
    # the same place in WGS-84, for what lies in a window of the map
    latitude = models.DecimalField(_("Latitude"), max_digits=9, decimal_places=6, null=True, editable=False)
    longitude = models.DecimalField(_("Longitude"), max_digits=9, decimal_places=6, null=True, editable=False)

    tax_number = models.CharField(_("Tax number"), max_length=20, blank=True)
    bank = models.CharField(_("Bank"), max_length=80, blank=True)
    bank_account = models.CharField(_("Bank account"), max_length=40, blank=True)
    swift = models.CharField(_("SWIFT code"), max_length=11, blank=True)

    market_area = models.CharField(_("Market area"), max_length=200, blank=True)
    business_scope = models.CharField(_("Business scope"), max_length=300, blank=True)
    sales_capability = models.CharField(_("Sales capability"), max_length=200, blank=True)
    potential_key = models.CharField(_("Development potential"), max_length=40, blank=True)
    philosophy = models.CharField(_("Management philosophy"), max_length=200, blank=True)
    competitors = models.TextField(_("Competition"), blank=True)
    trading_state = models.TextField(_("Trading state"), blank=True)
    remarks = models.TextField(_("Remarks"), blank=True)

    credit_limit = MoneyField(_("Credit limit"), null=True, blank=True, validators=[MinValueValidator(0)])
    credit_term_days = models.PositiveIntegerField(_("Credit term (days)"), null=True, blank=True)
    credit_rating = models.CharField(_("Credit rating"), max_length=10, blank=True)

    filed_at = models.DateTimeField(_("Entry checked at"), null=True, blank=True, editable=False)
    client_signer = models.CharField(_("Signed for the customer"), max_length=40, blank=True, editable=False)

    next_step = models.CharField(_("Next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("Next step on"), null=True, blank=True)

    class Meta:
        verbose_name = _("Customer")
        indexes = [
            # a list of own files is narrowed and counted in here, without reading 20,000 files
            models.Index(
                fields=["owner", "-id", "archived_at", "type_key", "level_key", "status_key", "city"],
                name="customer_of_owner",
            ),
            models.Index(fields=["unit", "-id"], name="customer_unit"),
            # most files lie in no pool: counted among them SQLite believes that every pool holds all
            models.Index(
                fields=["pool", "-id"], name="customer_of_pool", condition=models.Q(pool__isnull=False)
            ),
            models.Index(fields=["name_sort", "id"], name="customer_name_sort"),
            models.Index(fields=["number"], name="customer_number"),
            models.Index(fields=["external_no"], name="customer_external_no"),
            # and so are two conditions over all: of 5,000 files in a city none is read to count the 600 of one level
            models.Index(
                fields=["level_key", "-id", "archived_at", "type_key", "status_key", "city"],
                name="customer_of_level",
            ),
            models.Index(
                fields=["city", "-id", "archived_at", "type_key", "level_key", "status_key"],
                name="customer_of_city",
            ),
            models.Index(fields=["next_step_on", "id"], name="customer_next_step"),
            models.Index(fields=["changed_at"], name="customer_changed"),
            # the desk of somebody with 20,000 files asks for the few that come first
            models.Index(fields=["owner", "-changed_at"], name="customer_owner_changed"),
            models.Index(fields=["owner", "name_sort", "id"], name="customer_owner_name"),
            models.Index(
                fields=["owner", "next_step_on", "id"],
                name="customer_owner_step",
                condition=models.Q(next_step_on__isnull=False),
            ),
            models.Index(fields=["region_code", "id"], name="customer_region"),
            models.Index(
                fields=["latitude", "longitude"],
                name="customer_place",
                condition=models.Q(latitude__isnull=False),
            ),
            models.Index(
                fields=["sound_key", "trade_key"], name="customer_sound", condition=~models.Q(sound_key="")
            ),
            models.Index(
                fields=["address_key"], name="customer_address", condition=~models.Q(address_key="")
            ),
            models.Index(fields=["phone"], name="customer_phone", condition=~models.Q(phone="")),
            models.Index(
                fields=["archived_at"], condition=models.Q(archived_at__isnull=False), name="customer_held"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~models.Q(credit_code="") & models.Q(archived_at__isnull=True),
                name="customer_credit_code_once",
            ),
            models.UniqueConstraint(
                fields=["external_no"], condition=~models.Q(external_no="") & models.Q(archived_at__isnull=True),
                name="customer_external_no_once",
            ),
            models.UniqueConstraint(fields=["serial"], name="customer_serial_once"),
            models.CheckConstraint(condition=models.Q(credit_limit__gte=0), name="customer_credit_limit_not_negative"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Contact(ScopedModel):
    """A person at a customer: what they decide there, and how to reach them."""

    follows = "customer"

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="contacts"
    )
    name = models.CharField(pgettext_lazy("person", "Name"), max_length=60)
    name_sort = models.CharField(max_length=64, blank=True, editable=False)
    position = models.CharField(_("Position"), max_length=60, blank=True)
    layer_key = models.CharField(_("Layer"), max_length=40, blank=True)
    attitude_key = models.CharField(_("Attitude to us"), max_length=40, blank=True)
    influence = models.PositiveSmallIntegerField(
        _("Influence (1 to 5)"),
        null=True,
        blank=True,
        validators=ONE_TO_FIVE,
    )
    role_key = models.CharField(_("Role in buying"), max_length=40, blank=True)
    closeness = models.PositiveSmallIntegerField(
        _("Closeness (1 to 5)"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    closeness_wanted = models.PositiveSmallIntegerField(_("Closeness wanted (1 to 5)"), null=True, blank=True,
                                                        validators=ONE_TO_FIVE)  # fmt: skip
    covered_by = models.ForeignKey("engine.User", models.SET_NULL, null=True, blank=True, verbose_name=_("Covered by"),
                                   related_name="+")  # fmt: skip
    traits = models.CharField(_("Personal traits"), max_length=200, blank=True)
    to_competitors = models.CharField(_("Attitude to competitors"), max_length=200, blank=True)
    mobile = models.CharField(_("Mobile"), max_length=40, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    wechat = models.CharField(_("WeChat"), max_length=40, blank=True)
    birthday = models.DateField(_("Birthday"), null=True, blank=True)
    birthday_lunar = models.BooleanField(_("Birthday by the lunar calendar"), default=False)
    hobbies = models.CharField(_("Hobbies"), max_length=200, blank=True)
    remarks = models.TextField(_("Remarks"), blank=True)

    class Meta:
        verbose_name = _("Contact")
        indexes = [
            models.Index(fields=["customer", "-id"], name="contact_customer"),
            models.Index(fields=["name_sort", "id"], name="contact_name_sort"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(influence__isnull=True) | models.Q(influence__gte=1, influence__lte=5),
                name="contact_influence_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(closeness__isnull=True) | models.Q(closeness__gte=1, closeness__lte=5),
                name="contact_closeness_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(closeness_wanted__isnull=True)
                | models.Q(closeness_wanted__gte=1, closeness_wanted__lte=5),
                name="contact_closeness_wanted_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Influence(ScopedModel):
    """A line between two people at one customer: who has a say with whom, or who is at odds with whom."""

    follows = "customer"
    needs = ("source", "target")

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="influences"
    )
    source = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("Who has influence"), related_name="+")
    target = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("On whom"), related_name="+")
    kind_key = models.CharField(_("Kind of line"), max_length=40, default="influence")
    note = models.CharField(_("What about"), max_length=40)

    class Meta:
        verbose_name = _("Line of influence")
        indexes = [models.Index(fields=["customer", "-id"], name="influence_customer")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(source=models.F("target")), name="influence_not_on_oneself"
            ),
        ]

    def __str__(self) -> str:
        return self.note


class Relation(ScopedModel):
    """A customer stands beneath another, or came to us by it: seen by whoever sees both of them."""

    follows = "customer"
    needs = ("customer", "other")

    customer = models.ForeignKey(
        Customer, models.PROTECT, verbose_name=_("Customer"), related_name="relations_up"
    )
    kind_key = models.CharField(_("Kind of relation"), max_length=40)
    other = models.ForeignKey(Customer, models.PROTECT, verbose_name=_("Upper customer, or who referred it"),
                              related_name="relations_down")  # fmt: skip
    tier_key = models.CharField(_("Tier"), max_length=40, blank=True)
    note = models.CharField(_("Note"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("Relation")
        indexes = [
            models.Index(fields=["customer", "-id"], name="relation_customer"),
            models.Index(fields=["other", "kind_key", "id"], name="relation_other"),
        ]
        constraints = [
            # what a merge leaves over lies in the archive hold, and may then name one file twice
            models.CheckConstraint(
                condition=models.Q(archived_at__isnull=False) | ~models.Q(customer=models.F("other")),
                name="relation_not_to_oneself",
            ),
            models.UniqueConstraint(
                fields=["customer", "other", "kind_key"], condition=models.Q(archived_at__isnull=True),
                name="relation_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.note
