"""All tables of the engine, so that Django finds them."""

from kedang.engine.actions.models import RequestKey
from kedang.engine.administration.models import Company
from kedang.engine.approvals.models import Approval
from kedang.engine.bulk.models import BulkRun
from kedang.engine.calendar.models import CalendarDay, CalendarYear
from kedang.engine.custom.models import CustomAttribute, CustomFilter, CustomValue
from kedang.engine.erasing.models import Erasure, Sealing
from kedang.engine.exchange.models import (
    ImportProblem,
    ImportRun,
    ImportUpload,
    RehearsedRow,
    RememberedMapping,
)
from kedang.engine.files.models import Attachment, AttachmentVersion
from kedang.engine.identity.models import (
    ApiToken,
    FieldRight,
    Membership,
    Pool,
    RecordShare,
    Role,
    RoleGrant,
    RoleLimit,
    SignIn,
    Stamp,
    StandIn,
    Unit,
    User,
)
from kedang.engine.jobs.models import Job, Schedule
from kedang.engine.ledger.merges import Merge, Pair
from kedang.engine.ledger.models import (
    AccessLog,
    HandledEvent,
    HistoryEntry,
    OutboxEvent,
    Seal,
    TimelineEntry,
    TimelinePin,
)
from kedang.engine.notices.models import Notice
from kedang.engine.numbering.models import IssuedNumber, NumberSeries
from kedang.engine.packs.models import InstalledPack
from kedang.engine.search.models import SearchBuild, SearchDocument
from kedang.engine.views.models import ListHabit, SavedView

__all__ = [
    "AccessLog",
    "ApiToken",
    "Approval",
    "Attachment",
    "AttachmentVersion",
    "BulkRun",
    "CalendarDay",
    "CalendarYear",
    "Company",
    "CustomAttribute",
    "CustomFilter",
    "CustomValue",
    "Erasure",
    "FieldRight",
    "HandledEvent",
    "HistoryEntry",
    "ImportProblem",
    "ImportRun",
    "ImportUpload",
    "InstalledPack",
    "IssuedNumber",
    "Job",
    "ListHabit",
    "Membership",
    "Merge",
    "Notice",
    "NumberSeries",
    "OutboxEvent",
    "Pair",
    "Pool",
    "RecordShare",
    "RehearsedRow",
    "RememberedMapping",
    "RequestKey",
    "Role",
    "RoleGrant",
    "RoleLimit",
    "SavedView",
    "Schedule",
    "Seal",
    "Sealing",
    "SearchBuild",
    "SearchDocument",
    "SignIn",
    "Stamp",
    "StandIn",
    "TimelineEntry",
    "TimelinePin",
    "Unit",
    "User",
]
