"""What every surface knows about consents and requests."""

from django.utils.translation import gettext_lazy as _

from kedang.areas.personal import services
from kedang.areas.personal.models import Consent, Request
from kedang.engine.records.types import Panel, RecordType, register

AGREED = ("customer", "contact", "purpose_key", "channel_key", "wording", "evidence_key", "given_on")
ASKED = ("customer", "contact", "kind_key", "what", "asked_on")

CONSENT = register(
    RecordType(
        model=Consent,
        plural="consents",
        label=_("Consent"),
        label_plural=_("Consents"),
        title="wording",
        subtitle="contact",
        icon="sign",
        order=60,
        pills=("purpose_key", "channel_key"),
        columns=(
            "wording",
            "contact",
            "customer",
            "purpose_key",
            "channel_key",
            "given_on",
            "withdrawn_on",
            "owner",
        ),
        filters=(
            "customer",
            "contact",
            "purpose_key",
            "channel_key",
            "evidence_key",
            "given_on",
            "withdrawn_on",
            "owner",
        ),
        sorts=("given_on", "changed_at"),
        panels=(Panel(_("Consent"), (*AGREED, "withdrawn_on")),),
        form=(Panel(_("Consent"), AGREED),),
        required=AGREED,
        choices={
            "purpose_key": "consent_purpose",
            "channel_key": "consent_channel",
            "evidence_key": "consent_evidence",
        },
        natural=("customer", "contact", "purpose_key", "channel_key", "given_on"),
        prepare=(services.check_consents,),
    )
)

REQUEST = register(
    RecordType(
        model=Request,
        plural="personal-requests",
        label=_("Personal-data request"),
        label_plural=_("Personal-data requests"),
        title="what",
        subtitle="customer",
        icon="lock",
        nav="customers",
        order=65,
        pills=("state_key", "kind_key"),
        columns=("what", "contact", "customer", "kind_key", "asked_on", "due_on", "state_key", "owner"),
        filters=("state_key", "kind_key", "customer", "contact", "asked_on", "due_on", "owner"),
        sorts=("due_on", "asked_on"),
        panels=(
            Panel(_("Personal-data request"), (*ASKED, "due_on", "state_key")),
            Panel(_("Answer"), ("identity", "answer", "answered_on")),
        ),
        form=(Panel(_("Personal-data request"), ASKED),),
        required=("customer", "kind_key", "what", "asked_on"),
        choices={"kind_key": "personal_request_kind", "state_key": "personal_request_state"},
        natural=("customer", "kind_key", "asked_on", "what"),
        prepare=(services.check_requests,),
    )
)
