"""What hangs on the demo's first file, and the old table that its sales manager brought in."""

import csv
import io
from collections.abc import Iterator

from PIL import Image, ImageDraw

from kedang.engine.exchange import uploads, wizard
from kedang.engine.files import services
from kedang.engine.records.types import RECORDS
from kedang.kernel.actor import Actor

CUSTOMER = RECORDS["customers.customer"]
MINUTES = """二供泵房项目 现场沟通纪要

1. 泵房净高只有2.6米，立式多级泵要加底座，图纸本周内给到。
2. 甲方要求出厂检测报告随货，一台一份。
3. 付款：到货付六成，调试合格付三成，质保一成。
4. 下一步：周五前报两种配置的价。
"""
QUOTES = (
    "型号,数量,单价\nCDL32-40,4,12800\nCDL20-60,2,9600\n",
    "型号,数量,单价\nCDL32-40,4,12300\nCDL20-60,2,9600\n控制柜,1,18500\n",
)
HEADINGS = ("单位全称", "外部编号", "客户类型", "VIP等级", "电话", "地区", "国家")
OLD_TABLE = (
    ("惠城汇源泵业商行", "HN-2019-031", "经销商", "银", "0752-2661809", "441302", "中国"),
    ("肇新给排水器材商行", "HN-2019-044", "经销商", "会员", "0758-2736620", "441202", "中国"),
    ("岐江五金机电经营部", "HN-2020-007", "经销商", "白金", "0760-88221013", "442000", "中国"),
    ("旭岚五金泵业店", "HN-2020-015", "终端", "会员", "0757-87452157", "440604", "中国"),
    ("莞邑流体设备经营部", "HN-2021-002", "经销商", "银", "0769-2208", "441900", "中国"),
)
MAPPED = ("name", "external_no", "type_key", "level_key", "phone", "region_code", "country")


def attach(keeper: Actor, customer: int) -> None:
    """Attach minutes, a quotation with an older version, and a sketch of the pump room."""
    services.attach(keeper, CUSTOMER, customer, "二供泵房沟通纪要.txt", [MINUTES.encode()])
    quote = services.attach(keeper, CUSTOMER, customer, "报价明细.csv", [QUOTES[0].encode()])
    services.revise(keeper, CUSTOMER, customer, quote.pk, "报价明细.csv", [QUOTES[1].encode()])
    services.attach(keeper, CUSTOMER, customer, "泵房布置.png", [_sketch()])


def bring_in_old_table(manager: Actor) -> None:
    """Import a small old table, as the pages do; two of its rows are refused and wait in their error file.

    One row looks like a file there is and is filed all the same: the search for duplicates then has a pair to show.
    """
    upload = uploads.receive(manager, CUSTOMER, "华南经销商旧表.csv", _table())
    uploads.state(
        manager, CUSTOMER, upload, {"columns": dict(zip(MAPPED, HEADINGS, strict=True)), "mode": "both"}
    )
    wizard.rehearse(manager, upload.pk, lambda done, total: None)
    for row in upload.rows.all():
        if row.suspects:
            wizard.answer(upload, row.row_no, "create")
    wizard.bring_in(manager, upload.pk, lambda done, total: None)


def _table() -> Iterator[bytes]:
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *OLD_TABLE])
    yield out.getvalue().encode("gb18030")


def _sketch() -> bytes:
    picture = Image.new("RGB", (960, 600), "#f6f2e6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 60, 900, 540), outline="#2b4fa3", width=6)
    for place in range(4):
        left = 140 + place * 180
        draw.ellipse((left, 240, left + 90, 330), outline="#1f2733", width=5)
        draw.line((left + 45, 330, left + 45, 450), fill="#1f2733", width=5)
    draw.line((120, 450, 860, 450), fill="#2b4fa3", width=10)
    draw.rectangle((760, 100, 860, 190), outline="#b3261e", width=5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
