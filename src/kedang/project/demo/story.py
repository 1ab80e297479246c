"""The demo company 恒川泵阀: its units, its people and who looks after whom. Invented throughout."""

from dataclasses import dataclass

PASSWORD = "kedang-demo-2026"  # noqa: S105  published on purpose; a demo serves this machine only
POOL = "华南公海"

# unit → the unit above it; the first is the company itself
UNITS: dict[str, str] = {
    "恒川泵阀": "",
    "华南区": "恒川泵阀",
    "广州分公司": "华南区",
    "深圳分公司": "华南区",
    "华东区": "恒川泵阀",
    "上海分公司": "华东区",
    "西南区": "恒川泵阀",
    "成都分公司": "西南区",
    "财务部": "恒川泵阀",
    "客服部": "恒川泵阀",
    "综合部": "恒川泵阀",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works here: user name, name, title, unit and role."""

    username: str
    name: str
    title: str
    unit: str
    role: str


PEOPLE = (
    Colleague("luzimo", "陆子墨", "销售代表", "广州分公司", "sales_rep"),
    Colleague("zhouyuan", "周予安", "大客户经理", "华南区", "kam_manager"),
    Colleague("chengli", "程立", "华南区销售经理", "华南区", "sales_manager"),
    Colleague("wenjing", "文静", "应收会计", "财务部", "finance"),
    Colleague("liangbo", "梁博", "总经理", "恒川泵阀", "general_manager"),
    Colleague("admin", "管理员", "系统管理员", "综合部", "administrator"),
    Colleague("heyining", "何以宁", "销售代表", "深圳分公司", "sales_rep"),
    Colleague("gaoming", "高明", "销售代表", "上海分公司", "sales_rep"),
    Colleague("xuqing", "许晴", "华东区销售经理", "华东区", "sales_manager"),
    Colleague("tanghao", "唐浩", "销售代表", "成都分公司", "sales_rep"),
    Colleague("dengke", "邓可", "客服专员", "客服部", "service_agent"),
    Colleague("yanzhen", "严真", "档案员", "综合部", "archivist"),
    Colleague("songyang", "宋扬", "销售代表", "深圳分公司", "sales_rep"),
)
# who left, to whom the files went, how many days ago, and why
LEAVER = ("songyang", "heyining", 12, "宋扬离职，广西和海南的客户由何以宁接手")
SIGN_INS = 6  # the first so many are printed at the start; the others sign in with the same password

# who looks after the customers of a province (first two digits of GB/T 2260), by turns
TERRITORIES = {
    "44": ("luzimo", "heyining", "zhouyuan"),
    "45": ("songyang",),
    "46": ("songyang",),
    "31": ("gaoming",),
    "32": ("gaoming",),
    "33": ("gaoming",),
    "51": ("tanghao",),
    "50": ("tanghao",),
    "52": ("tanghao",),
    "53": ("tanghao",),
}
SOUTH = ("luzimo", "heyining", "zhouyuan")  # whose customers may fall into the pool
GAVE_UP = ("luzimo", "heyining")  # who returned to the pool what lies there
ELSEWHERE = ("gaoming", "tanghao", "heyining", "luzimo")
KEY_ACCOUNTS = ("diamond",)
KEY_ACCOUNT_MANAGER = "zhouyuan"
# Saved views of the customer list: whose, the name, the address, who else sees it.
VIEWS = (
    ("zhouyuan", "我的重点客户", "owner=me&level_key=diamond&level_key=gold&sort=next_step_on", "own"),
    ("zhouyuan", "没有下一步", "owner=me&planned=no", "own"),
    (
        "chengli",
        "华南重点客户",
        "level_key=diamond&level_key=gold&status_key.not=lost&sort=next_step_on",
        "unit",
    ),
    ("chengli", "下一步已逾期", "next_step_on=overdue&sort=next_step_on", "unit"),
    ("liangbo", "90天未更新", "changed_at.before=90-days-ago&sort=changed_at", "everyone"),
)
