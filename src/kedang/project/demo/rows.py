"""Files of generated customers under Chinese headings, as people's own sheets have them, to import."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rustpy_xlsxwriter import FastExcel

from kedang.kernel.errors import Invalid
from kedang.project.demo.companies import customers
from kedang.project.demo.rowtypes import CustomerRow

HEADINGS = {
    "external_no": "外部编号",
    "name": "客户名称",
    "short_name": "简称",
    "type_key": "客户类型",
    "level_key": "客户等级",
    "status_key": "客户状态",
    "credit_code": "统一社会信用代码",
    "legal_person": "法定代表人",
    "region_code": "地区",
    "city": "城市",
    "address": "地址",
    "phone": "电话",
    "email": "电子邮箱",
    "website": "网址",
    "bank": "开户行",
    "bank_account": "银行账号",
    "since": "往来始于",
    "kinds": "采购品种",
    "credit_limit": "信用额度",
    "remarks": "备注",
}
LABELS = {
    "type_key": {
        "enterprise": "企业",
        "individual": "个人",
        "dealer": "经销商",
        "terminal": "终端",
        "household": "业主",
        "other": "其他",
    },
    "level_key": {"diamond": "钻石", "gold": "金", "silver": "银", "member": "会员"},
    "status_key": {"prospect": "潜在", "active": "往来中", "dormant": "沉睡", "lost": "已流失"},
}


def labelled(row: CustomerRow) -> dict[str, str]:
    """Return a customer under Chinese headings, with Chinese words for choices and ISO dates."""
    values: dict[str, object] = {**row}
    cells: dict[str, str] = {}
    for field, heading in HEADINGS.items():
        text = str(values[field])
        cells[heading] = LABELS[field][text] if field in LABELS else text
    return cells


def labelled_rows(seed: int, count: int, as_of: date, start: int = 0) -> Iterator[dict[str, str]]:
    """Yield `count` customers as rows of a sheet."""
    return map(labelled, customers(seed, start, count, as_of))


def write_rows(path: Path, count: int, *, as_of: date, seed: int = 1, start: int = 0) -> int:
    """Write `count` customers to a .csv or .xlsx file, a row at a time, and return how many were written."""
    rows = labelled_rows(seed, count, as_of, start)
    match path.suffix.lower():
        case ".csv":
            _write_csv(path, rows)
        case ".xlsx":
            FastExcel(str(path)).sheet("客户", rows).save()
        case _:
            raise Invalid("Customers can be written to .csv or .xlsx.")
    return count


def _write_csv(path: Path, rows: Iterator[dict[str, str]]) -> None:
    # The mark at the beginning tells spreadsheet programs that the file is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(HEADINGS.values()))
        writer.writeheader()
        writer.writerows(rows)
