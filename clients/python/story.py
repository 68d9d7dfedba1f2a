"""The short story, played by the client generated for Python. Tokens and the address come from the environment."""

import os
from datetime import date, timedelta
from uuid import uuid4

from insula_client import AuthenticatedClient
from insula_client.api.beneficiaries import create_beneficiary
from insula_client.api.registration_codes import list_registration_code_changes, verify_registration_code
from insula_client.api.registrations import change_registration, create_registration, submit_registration
from insula_client.models import (
    Beneficiary,
    BeneficiaryIdentity,
    FirstImplantation,
    FirstImplantationContent,
    FirstImplantationContentSetting,
    FirstImplantationEntry,
    FirstImplantationEntryType,
    Problem,
    RegistrationCodeChangeCollection,
    RegistrationCodeVerification,
    RegistrationCodeVerdict,
    RegistrationContentPatch,
    RegistrationDraftPatch,
)


def check(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"not so: {what}")
    print(f"ok {what}")


def client(role: str) -> AuthenticatedClient:
    headers = {"Accept-Language": "fr"}
    return AuthenticatedClient(base_url=os.environ["INSULA_URL"], token=os.environ[role], headers=headers)


def key() -> str:
    return f'"{uuid4()}"'


def day(ago: int) -> date:
    return date.today() - timedelta(days=ago)


lead, insurer = client("STUDY_LEAD"), client("INSURER")
niss = os.environ["NISS"]

identity = BeneficiaryIdentity(niss=niss, last_name="Inventée", first_name="Anne", insurer_number="319")
beneficiary = create_beneficiary.sync(client=lead, body=identity, idempotency_key=key())
assert isinstance(beneficiary, Beneficiary), beneficiary
check(True, "a beneficiary is entered")

entry = FirstImplantationEntry(
    type_=FirstImplantationEntryType.FIRSTIMPLANTATION,
    beneficiary_id=beneficiary.id,
    content=FirstImplantationContent(setting=FirstImplantationContentSetting.AMBULATORY),
)
draft = create_registration.sync(client=lead, body=entry, idempotency_key=key())
assert isinstance(draft, FirstImplantation), draft
check(draft.version == 1, "a draft is created, of its own type")

early = submit_registration.sync(draft.id, client=lead, if_match='"1"', idempotency_key=key())
assert isinstance(early, Problem) and early.issues, early
check(early.status == 400 and len(early.issues) > 5, "a submit names every fault")

content = {
    "responsiblePhysician": "10000106690",
    "eventDate": str(day(30)),
    "setting": "ambulatory",
    "nomenclaturePair": "174370-174381",
    "diabetesType": "type1",
    "diagnosisYear": 2010,
    "therapy": "pump",
    "severeHypoglycaemiasLast12Months": 1,
    "hba1c": {"value": "7.2", "unit": "percent", "date": str(day(37))},
    "devices": [
        {
            "kind": "sensor",
            "model": "Eversense E3",
            "udiDi": "00817870020003",
            "serial": "S-1001",
            "expiryDate": str(day(-200)),
            "armSide": "left",
        }
    ],
}
patch = RegistrationDraftPatch(content=RegistrationContentPatch.from_dict(content))
complete = change_registration.sync(draft.id, client=lead, body=patch, if_match='"1"')
assert isinstance(complete, FirstImplantation), complete
check(complete.version == 2, "a merge patch completes it")

stale = submit_registration.sync(draft.id, client=lead, if_match='"1"', idempotency_key=key())
check(isinstance(stale, Problem) and stale.status == 412, "a stale version is refused")

submitted = submit_registration.sync(draft.id, client=lead, if_match='"2"', idempotency_key=key())
assert isinstance(submitted, FirstImplantation) and isinstance(submitted.code, str), submitted
check(len(submitted.code) == 14, "a submit brings the registration code")

question = RegistrationCodeVerification(code=submitted.code, niss=niss, nomenclature_code="174370", date=day(30))
verdict = verify_registration_code.sync(client=insurer, body=question)
assert isinstance(verdict, RegistrationCodeVerdict), verdict
check(True, "an insurer verifies the code")

page = list_registration_code_changes.sync(client=insurer, page_size=1)
assert isinstance(page, RegistrationCodeChangeCollection), page
check(len(page.items) == 1, "an insurer reads a page of the feed")

# The generated functions read JSON where there is a choice; for the rest their HTTP client is at hand.
csv = client("DATA_MANAGER").get_httpx_client().get("/codedRegistrations", headers={"Accept": "text/csv"})
check(csv.text.startswith("technicalId"), "INAMI reads coded data as CSV")

picture = client("OFFICER").get_httpx_client().get("/staffing/plot", headers={"Accept": "image/svg+xml"})
check(picture.text.startswith("<svg"), "a plot is drawn")
