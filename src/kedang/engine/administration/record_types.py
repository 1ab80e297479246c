"""What administrators keep, declared like records: which fields a form sets, which are told in the history."""

from django.utils.translation import gettext_lazy as _

from kedang.engine.administration.models import Company
from kedang.engine.identity.models import Pool, Role, Unit, User
from kedang.engine.records.types import Panel, RecordType, administer

PERSON = administer(
    RecordType(
        model=User,  # type: ignore[arg-type]
        plural="people", label=_("Person"), label_plural=_("People"), columns=("name",), icon="user",
        form=(
            Panel(_("Who it is"), ("username", "name", "title", "phone", "email", "joined_on")),
            Panel(_("Where they belong"), ("unit", "admin_unit")),
        ),
        required=("username", "name", "unit"),
        kinds={"phone": "phone"},
        untold=("password", "last_login", "language", "theme", "turn", "link", "link_until"),
        creatable=False,
    )
)  # fmt: skip

UNIT = administer(
    RecordType(
        model=Unit,  # type: ignore[arg-type]
        plural="units", label=_("Department"), label_plural=_("Departments"), columns=("name",),
        icon="tree", form=(Panel(_("Department"), ("name", "code", "parent")),), required=("name",),
        creatable=False, untold=("path",),
    )
)  # fmt: skip

POOL = administer(
    RecordType(
        model=Pool,  # type: ignore[arg-type]
        plural="pools", label=_("Pool"), label_plural=_("Pools"), columns=("name",), icon="pool",
        form=(Panel(_("Pool"), ("name",)),), required=("name",), creatable=False,
    )
)  # fmt: skip

ROLE = administer(
    RecordType(
        model=Role,  # type: ignore[arg-type]
        plural="roles", label=_("Role"), label_plural=_("Roles"), columns=("key",), title="key",
        icon="lock", form=(Panel(_("Role"), ("second_factor",)),), creatable=False, untold=("edited",),
    )
)  # fmt: skip

COMPANY = administer(
    RecordType(
        model=Company,  # type: ignore[arg-type]
        plural="company", label=_("Company"), label_plural=_("Company"), columns=("name",),
        icon="office",
        form=(
            Panel(_("Company"), ("name",)),
            Panel(_("Sign-in"), ("captcha_after", "idle_minutes")),
            Panel(_("Backups"), ("backup_daily", "backup_keep")),
            Panel(_("What is cleared away"), ("keep_jobs_days", "keep_notices_days")),
            Panel(_("Map"), ("tiles_url", "tiles_shifted", "tiles_credit")),
        ),
        required=("name",), creatable=False,
    )
)  # fmt: skip
