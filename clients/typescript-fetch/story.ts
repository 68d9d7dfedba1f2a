// The short story, played by the client that openapi-generator makes for TypeScript. Tokens and the address come from the
// environment.
import {
  BeneficiariesApi,
  CodedDataApi,
  Configuration,
  EstablishmentsApi,
  RegistrationCodesApi,
  RegistrationContentPatchFromJSON,
  RegistrationsApi,
  ResponseError,
  type Problem,
} from "./client/index.js";

declare const process: { env: Record<string, string | undefined> };

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not so: ${what}`);
  console.log(`ok ${what}`);
}

async function refusal(call: Promise<unknown>): Promise<Problem> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ResponseError) return (await error.response.json()) as Problem;
    throw error;
  }
  throw new Error("not refused");
}

const as = (role: string) =>
  new Configuration({
    basePath: setting("INSULA_URL"),
    accessToken: setting(role),
    headers: { "Accept-Language": "nl" },
  });
const registrations = new RegistrationsApi(as("STUDY_LEAD"));
const key = () => `"${crypto.randomUUID()}"`;
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000);
const text = (date: Date) => date.toISOString().slice(0, 10);

const niss = setting("NISS");
const beneficiary = await new BeneficiariesApi(as("STUDY_LEAD")).createBeneficiary({
  idempotencyKey: key(),
  beneficiaryIdentity: { niss, lastName: "Verzonnen", firstName: "Ann", insurerNumber: "319" },
});
check(beneficiary.id !== undefined, "a beneficiary is entered");

const draft = await registrations.createRegistration({
  idempotencyKey: key(),
  registrationEntry: {
    type: "firstImplantation",
    beneficiaryId: beneficiary.id,
    content: { setting: "ambulatory" },
  },
});
check(draft.type === "firstImplantation", "a draft is created, and its type is known to the compiler");
const submit = (version: string) =>
  registrations.submitRegistration({ registrationId: draft.id, ifMatch: version, idempotencyKey: key() });

const early = await refusal(submit('"1"'));
check(early.status === 400 && (early.issues?.length ?? 0) > 5, "a submit names every fault");

const content = RegistrationContentPatchFromJSON({
  responsiblePhysician: "10000106690",
  eventDate: text(day(30)),
  setting: "ambulatory",
  nomenclaturePair: "174370-174381",
  diabetesType: "type1",
  diagnosisYear: 2010,
  therapy: "pump",
  severeHypoglycaemiasLast12Months: 1,
  hba1c: { value: "7.2", unit: "percent", date: text(day(37)) },
  devices: [
    {
      kind: "sensor",
      model: "Eversense E3",
      udiDi: "00817870020003",
      serial: "S-1001",
      expiryDate: text(day(-200)),
      armSide: "left",
    },
  ],
});
const complete = await registrations.changeRegistration({
  registrationId: draft.id,
  ifMatch: '"1"',
  registrationDraftPatch: { content },
});
check(complete.version === 2, "a merge patch completes it");

check((await refusal(submit('"1"'))).status === 412, "a stale version is refused");

const submitted = await submit('"2"');
const code = submitted.code;
check(code?.length === 14, "a submit brings the registration code");

const codes = new RegistrationCodesApi(as("INSURER"));
const verdict = await codes.verifyRegistrationCode({
  registrationCodeVerification: { code, niss, nomenclatureCode: "174370", date: day(30) },
});
check(verdict !== undefined, "an insurer verifies the code");

const feed = await codes.listRegistrationCodeChanges({ pageSize: 1 });
check(feed.items.length === 1, "an insurer reads a page of the feed");

// The function reads JSON; the one that ends with Raw gives the answer as it came.
const accept = (mediaType: string) => async ({ init }: { init: { headers?: object } }) => ({
  headers: { ...init.headers, Accept: mediaType } as Record<string, string>,
});
const csv = await new CodedDataApi(as("DATA_MANAGER")).listCodedRegistrationsRaw({}, accept("text/csv"));
check((await csv.raw.text()).startsWith("technicalId"), "INAMI reads coded data as CSV");

const plot = await new EstablishmentsApi(as("OFFICER")).getStaffingPlot({}, accept("image/svg+xml"));
check((await plot.text()).startsWith("<svg"), "a plot is drawn");
