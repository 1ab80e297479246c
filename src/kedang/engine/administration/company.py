"""The company's own settings, as every process knows them."""

from dataclasses import dataclass

from kedang.engine.administration.models import Company
from kedang.engine.identity.stamps import Remembered


@dataclass(frozen=True, slots=True)
class Policy:
    """What the company chose; the defaults hold where it has not yet been set up."""

    name: str = ""
    captcha_after: int = 3
    idle_minutes: int = 120
    backup_daily: bool = True
    backup_keep: int = 14
    keep_jobs_days: int = 90
    keep_notices_days: int = 180
    tiles_url: str = ""
    tiles_shifted: bool = False
    tiles_credit: str = ""
    there: bool = False
    opened: bool = False


def _read() -> Policy:
    row = Company.objects.order_by("pk").first()
    if row is None:
        return Policy()
    return Policy(
        row.name, row.captcha_after, row.idle_minutes, row.backup_daily, row.backup_keep, row.keep_jobs_days,
        row.keep_notices_days, row.tiles_url, row.tiles_shifted, row.tiles_credit, there=True,
        opened=row.opened_at is not None,
    )  # fmt: skip


company: Remembered[Policy] = Remembered("company", _read)
