"""The actions there are, by name. Every surface calls them; nothing else writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from kedang.engine.actions.work import Work
from kedang.engine.scope.models import ScopedModel

if TYPE_CHECKING:
    from django.utils.functional import Promise

    Label = str | Promise

P = ParamSpec("P")
R = TypeVar("R", bound=ScopedModel)
Body = Callable[..., Any]


def always(record: Any) -> bool:
    """Offer an action on every record."""
    return True


def never(record: Any) -> bool:
    """Let an action lead the page of no record."""
    return False


def nothing(record: Any, **inputs: Any) -> None:
    """Ask nothing of a record before somebody is asked to approve."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of an action beyond the record: its kind as in FieldSpec, and what a picker offers."""

    label: "Label"
    kind: str = "text"
    required: bool = True
    choice_list: str = ""


@dataclass(frozen=True)
class ActionSpec:
    """One named way to change records of a type. Its inputs are the declared ones, or with `form` the fields of
    the type's form; an internal one is called by other actions only. What is asked for runs as the asker once it
    is approved, or with `by_signer` as who approves it: the asker cannot reach the record.
    `before` refuses what could not be approved, when it is asked for: the body says the same once it runs.
    `owner_only` is the refusal to everybody but the owner of the record, who is not offered it either.
    `leads` says on which records it is what comes next: their page leads with it, where it would lead with Edit.
    `page` ends the address of the page that asks for the inputs where a small form cannot; a quiet one is done from
    such a page, and no menu offers it.
    """

    key: str
    record: type[ScopedModel]
    verb: str
    label: "Label"
    body: Body
    creates: bool = False
    releases: bool = False
    archived: bool = False
    asks_reason: bool = False
    approval: bool = False
    form: bool = False
    internal: bool = False
    by_signer: bool = False
    icon: str = "edit"
    inputs: Mapping[str, Input] = field(default_factory=dict)
    owner_only: "Label" = ""
    offered: Callable[[Any], bool] = always
    leads: Callable[[Any], bool] = never
    page: str = ""
    quiet: bool = False
    before: Callable[..., None] = nothing

    @property
    def name(self) -> str:
        """The last part of the key, as it stands in a URL."""
        return self.key.rpartition(".")[2]


ACTIONS: dict[str, ActionSpec] = {}


def add(spec: ActionSpec) -> None:
    """Register an action; a second one of the same name is a mistake."""
    if spec.key in ACTIONS and ACTIONS[spec.key].body is not spec.body:
        raise ValueError(f"action {spec.key} is registered twice")
    ACTIONS[spec.key] = spec


def action(
    key: str, *, record: type[R], verb: str = "change", label: "Label", releases: bool = False,
    archived: bool = False, asks_reason: bool = False, approval: bool = False, icon: str = "edit",
    inputs: Mapping[str, Input] | None = None, owner_only: "Label" = "", offered: Callable[[Any], bool] = always,
    leads: Callable[[Any], bool] = never, page: str = "", quiet: bool = False, before: Callable[..., None] = nothing,
) -> Callable[[Callable[Concatenate[Work, R, P], None]], Callable[Concatenate[Work, R, P], None]]:  # fmt: skip
    """Make a function on one loaded record into an action that every surface may call by name.

    `offered` says on which records a page shows it as a button; the function itself refuses where it must.
    """

    def wrap(body: Callable[Concatenate[Work, R, P], None]) -> Callable[Concatenate[Work, R, P], None]:
        add(
            ActionSpec(
                key,
                record,
                verb,
                label,
                body,
                releases=releases,
                archived=archived,
                asks_reason=asks_reason,
                approval=approval,
                icon=icon,
                inputs=inputs or {},
                owner_only=owner_only,
                offered=offered,
                leads=leads,
                page=page,
                quiet=quiet,
                before=before,
            )
        )
        return wraps(body)(body)

    return wrap
