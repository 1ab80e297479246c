"""The demo company 恒川泵阀: its units, its people and the customers one meets first. Invented throughout."""

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
)
SIGN_INS = 6  # the first so many are printed at the start; the others sign in with the same password

# who looks after the customers of a province (first two digits of GB/T 2260), by turns
TERRITORIES = {
    "44": ("luzimo", "heyining", "zhouyuan"),
    "45": ("heyining",),
    "46": ("heyining",),
    "31": ("gaoming",),
    "32": ("gaoming",),
    "33": ("gaoming",),
    "51": ("tanghao",),
    "50": ("tanghao",),
    "52": ("tanghao",),
    "53": ("tanghao",),
}
ELSEWHERE = ("gaoming", "tanghao", "heyining", "luzimo")
AREA_CODES = {
    "广州": "020", "佛山": "0757", "中山": "0760", "清远": "0763", "珠海": "0756", "惠州": "0752", "肇庆": "0758", "东莞": "0769",
}  # fmt: skip
KEY_ACCOUNTS = ("diamond",)
KEY_ACCOUNT_MANAGER = "zhouyuan"


@dataclass(frozen=True, slots=True)
class First:
    """A customer of the first page: name, short name, region, city, type, level, owner, next step and its day.

    `days` counts from today; None means that no next step is planned.
    """

    name: str
    short: str
    region: str
    city: str
    type_key: str
    level_key: str
    owner: str
    step: str
    days: int | None


FIRST = (
    First("广州澜石水务设备有限公司", "澜石水务设备", "440115", "广州", "dealer", "diamond", "zhouyuan",
          "拜访吴启明，对账并落实10月货款", 0),
    First("佛山市佛岭陶瓷有限公司", "佛岭陶瓷", "440604", "佛山", "enterprise", "diamond", "zhouyuan", "电话催回签报价", 0),
    First("广州天麓食品饮料有限公司", "天麓食品饮料", "440112", "广州", "enterprise", "diamond", "zhouyuan",
          "第三车间方案汇报", 0),
    First("广州云浦生物制药有限公司", "云浦生物制药", "440112", "广州", "enterprise", "diamond", "zhouyuan", "客情拜访", 0),
    First("中山市粤盈包装有限公司", "粤盈包装", "442000", "中山", "enterprise", "gold", "zhouyuan", "了解停购原因", -2),
    First("广州中穗冷链物流有限公司", "中穗冷链物流", "440113", "广州", "enterprise", "gold", "heyining", "确认到货时间", 1),
    First("广州岭澳净水有限公司", "岭澳净水", "440106", "广州", "enterprise", "diamond", "zhouyuan", "补发材质报告", 1),
    First("佛山市南桂印染有限公司", "南桂印染", "440605", "佛山", "enterprise", "gold", "luzimo", "", None),
    First("清远市鹤坪造纸有限公司", "鹤坪造纸", "441802", "清远", "enterprise", "gold", "heyining", "白水回用复谈", 2),
    First("广州港珲机电有限公司", "港珲机电", "440105", "广州", "dealer", "gold", "luzimo", "年度合同草案", 2),
    First("佛山市顺岚电镀有限公司", "顺岚电镀", "440606", "佛山", "enterprise", "gold", "zhouyuan", "样机试用回访", 5),
    First("珠海珠湾数据中心有限公司", "珠湾数据中心", "440402", "珠海", "enterprise", "diamond", "chengli",
          "二期冷却水招标澄清", 5),
    First("广州禾木乳业有限公司", "禾木乳业", "440114", "广州", "enterprise", "gold", "heyining", "CIP泵组验收", 6),
    First("佛山市旭岚五金泵业门店", "旭岚五金泵业门店", "440604", "佛山", "terminal", "silver", "luzimo", "促销回访", 6),
    First("惠州市江漫新材料有限公司", "江漫新材料", "441302", "惠州", "enterprise", "gold", "zhouyuan", "计量泵选型", 7),
    First("广州白鹭洲物业管理有限公司", "白鹭洲物业", "440103", "广州", "household", "silver", "heyining", "泵房年检报价", 7),
    First("肇庆市松陂水库管理处", "松陂水库管理处", "441202", "肇庆", "other", "silver", "luzimo", "闸阀备件计划", 8),
    First("陈嘉禾", "陈嘉禾（工程商）", "440604", "佛山", "individual", "silver", "zhouyuan", "", None),
    First("东莞市鼎禾饲料有限公司", "鼎禾饲料", "441900", "东莞", "enterprise", "gold", "heyining", "第二条线报价", 9),
    First("广州樵云温泉酒店有限公司", "樵云温泉酒店", "440184", "广州", "enterprise", "silver", "luzimo", "热水循环泵维保", 9),
)  # fmt: skip
