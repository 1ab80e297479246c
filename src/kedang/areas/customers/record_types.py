"""What every surface knows about customers and contacts."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.customers import relations, services
from kedang.areas.customers.models import Contact, Customer, Influence, Relation
from kedang.engine.records.types import Numbered, Offer, Panel, RecordType, Related, register
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
FILES_SAY = {
    "name": (
        "单位名称", "单位全称", "公司名称", "公司全称", "公司", "企业名称", "企业全称", "客户全称",
        "全称", "商户名称", "店名", "单位", "Company", "Company name", "Account name",
    ),
    "short_name": ("公司简称", "单位简称", "企业简称"),
    "number": ("客户编码", "客户代码", "档案编号", "Account number"),
    "external_no": ("原编号", "旧编号", "ERP编码", "ERP编号"),
    "type_key": ("客户类别", "客户性质", "单位性质", "企业性质", "性质", "类别"),
    "level_key": ("客户级别", "级别", "VIP等级", "会员等级"),
    "status_key": ("客户状态", "合作状态"),
    "owner": (
        "业务员", "销售员", "销售", "销售代表", "销售负责人", "客户经理", "跟进人", "所属业务员",
        "Sales rep", "Account owner",
    ),
    "unit": ("所属部门", "区域部门", "Department"),
    "credit_code": ("信用代码", "社会信用代码", "统一信用代码", "营业执照号", "执照号", "注册号"),
    "tax_number": ("纳税人识别号", "税务登记号", "纳税识别号"),
    "legal_person": ("法人", "法人代表", "企业法人"),
    "industry_key": ("所属行业", "行业类别", "客户行业", "Industry"),
    "source_key": ("客户来源", "来源渠道", "Lead source"),
    "since": ("合作时间", "开户日期", "建立关系日期", "首次合作日期"),
    "phone": (
        "联系电话", "电话号码", "公司电话", "单位电话", "办公电话", "固定电话", "座机",
        "Telephone", "Phone number",
    ),
    "fax": ("传真号码", "传真号"),
    "email": ("邮箱", "邮件", "E-mail", "公司邮箱"),
    "website": ("网站", "公司网址", "官网", "主页"),
    "country": ("国别", "国家地区"),
    "region_code": ("省份", "省市", "所在地区", "所属地区", "省市区", "行政区划"),
    "city": ("所在城市", "市", "地市", "Town"),
    "address": (
        "联系地址", "详细地址", "公司地址", "单位地址", "通讯地址", "经营地址", "办公地址",
        "注册地址", "地址详情", "Street", "Billing address",
    ),
    "bank": ("开户银行", "银行"),
    "bank_account": ("银行账户", "帐号", "账号", "银行帐号", "开户账号"),
    "credit_limit": ("信用额度", "授信", "赊销额度"),
    "credit_term_days": ("账期", "信用期", "付款天数", "账期天数"),
    "remarks": ("说明", "备注说明", "附注", "Notes", "Comments"),
}  # fmt: skip
PERSON_SAYS = {
    "name": ("联系人", "联系人姓名", "姓名", "Full name", "Contact name"),
    "customer": (
        "单位", "单位名称", "公司", "公司名称", "客户名称", "企业名称", "所属客户", "所属公司",
        "Company", "Account",
    ),
    "position": ("职位", "岗位", "Job title"),
    "mobile": ("手机号", "手机号码", "移动电话", "Cell phone", "Mobile phone"),
    "phone": ("联系电话", "座机", "办公电话", "固定电话", "电话号码"),
    "email": ("邮箱", "E-mail"),
    "wechat": ("微信号", "WeChat ID"),
    "birthday": ("出生日期", "生日日期"),
    "remarks": ("说明", "Notes"),
}  # fmt: skip

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
        offers={"region_code": Offer(("address", "phone"), services.region_of)},
        headings=FILES_SAY,
        match=("external_no", "number", "credit_code"),
        natural=("number",),
        timeline="customer",
        logs_looks=True,
        archive_asks=True,
        locks=services.locked_fields,
        prepare=(services.tidy_customers,),
        numbered=Numbered(renewed=True),  # by level, type or region
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
        headings=PERSON_SAYS,
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
        checked_in_turn=True,
    )
)
