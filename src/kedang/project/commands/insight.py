"""Compute value models over all customers: insight rfm --as-of D."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kedang.insight import runs, selectors, serve
from kedang.insight.models import RfmRun
from kedang.insight.rules import NEVER_BOUGHT, TYPES, Method, Thresholds
from kedang.insight.wording import figure, label_of
from kedang.kernel import clock
from kedang.kernel.money import from_minor
from kedang.project.acting import acting
from kedang.project.answers import Answer

ORDER = (*TYPES.values(), NEVER_BOUGHT)


def add_arguments(parser: ArgumentParser) -> None:
    """Take the model, the day and where the thresholds come from."""
    models = parser.add_subparsers(dest="model", required=True)
    rfm = models.add_parser("rfm", help="sort customers by recency, frequency and money into eight types")
    rfm.add_argument("--as-of", type=_day, metavar="D", help="the day, YYYY-MM-DD; by default today")
    lines = rfm.add_mutually_exclusive_group()
    lines.add_argument("--median", action="store_true", help="take medians as thresholds, not means")
    lines.add_argument(
        "--thresholds", nargs=3, type=_number, metavar=("DAYS", "ORDERS", "MONEY"), help="type the thresholds"
    )
    rfm.add_argument("--full", action="store_true", help="copy every row again, not only what changed")


def run(options: Namespace) -> Answer:
    """Compute, store, and tell what it came to for the one who asks."""
    actor = acting(options)
    selectors.require_value(actor)
    typed = Thresholds(*options.thresholds) if options.thresholds else None
    method = Method.MEDIAN if options.median else Method.MEAN
    done = runs.run_rfm(options.as_of or clock.today(), method=method, typed=typed, full=options.full)
    rows = {row["type"]: row for row in serve.query(actor, "rfm", as_of=done.as_of).rows}
    cells = {
        key: {
            "customers": rows[key]["customers"] if key in rows else 0,
            "monetary": from_minor(rows[key]["monetary"] if key in rows else 0),
        }
        for key in ORDER
    }
    return Answer(_text(done, cells), _document(done, cells))


def _document(done: RfmRun, cells: dict[str, dict[str, Any]]) -> dict[str, Any]:
    bits = {key: "".join(str(int(bit)) for bit in corner) for corner, key in TYPES.items()}
    return {
        "model": "rfm",
        "as_of": done.as_of,
        "method": done.method,
        "thresholds": {"recency": done.recency, "frequency": done.frequency, "monetary": done.monetary},
        "customers": sum(cell["customers"] for cell in cells.values()),
        "counts": {key: cell["customers"] for key, cell in cells.items()},
        "types": [{"type": key, "bits": bits.get(key, ""), **cell} for key, cell in cells.items()],
        "copied_to": done.copied_to.isoformat(),
        "computed_at": done.computed_at.isoformat(),
    }


def _text(done: RfmRun, cells: dict[str, dict[str, Any]]) -> str:
    lines = done.thresholds
    rows = [f"RFM {done.as_of}, {done.method}"]
    for measure in ("recency", "frequency", "monetary"):
        rows.append(f"  {measure:<12}{figure(measure, getattr(lines, measure)):>18}")
    for key, cell in cells.items():
        rows.append(f"  {key:<20}{cell['customers']:>10}{cell['monetary']:>20,.2f}  {label_of(key)}")
    return "\n".join(rows)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-11-18") from error


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is not a number") from error
    if not number.is_finite() or number < 0:
        raise ArgumentTypeError(f"{text!r} is not a threshold")
    return number
