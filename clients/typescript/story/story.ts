// The short story, played by the package @insula/client. Tokens and the address come from the environment.
import { createClient, idempotencyKey, type Schemas } from "@insula/client";

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

const baseUrl = setting("INSULA_URL");
const client = (token: string) => createClient({ baseUrl, token, headers: { "Accept-Language": "nl" } });
const lead = client(setting("STUDY_LEAD"));
const insurer = client(setting("INSURER"));
const key = () => ({ "Idempotency-Key": idempotencyKey() });
const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);

const niss = setting("NISS");
const entered = await lead.POST("/beneficiaries", {
  params: { header: key() },
  body: { niss, lastName: "Verzonnen", firstName: "Ann", insurerNumber: "319" },
});
check(entered.data !== undefined, "a beneficiary is entered");

const draft = await lead.POST("/registrations", {
  params: { header: key() },
  body: { type: "firstImplantation", beneficiaryId: entered.data.id, content: { setting: "ambulatory" } },
});
check(draft.data?.type === "firstImplantation", "a draft is created, and its type is known to the compiler");
const path = { registrationId: draft.data.id };

const early = await lead.POST("/registrations/{registrationId}/submit", {
  params: { path, header: { ...key(), "If-Match": '"1"' } },
});
const problem: Schemas["Problem"] | undefined = early.error;
check(problem?.status === 400 && (problem.issues?.length ?? 0) > 5, "a submit names every fault");

const content: Schemas["FirstImplantationContent"] = {
  responsiblePhysician: "10000106690",
  eventDate: day(30),
  setting: "ambulatory",
  nomenclaturePair: "174370-174381",
  diabetesType: "type1",
  diagnosisYear: 2010,
  therapy: "pump",
  severeHypoglycaemiasLast12Months: 1,
  hba1c: { value: "7.2", unit: "percent", date: day(37) },
  devices: [
    {
      kind: "sensor",
      model: "Eversense E3",
      udiDi: "00817870020003",
      serial: "S-1001",
      expiryDate: day(-200),
      armSide: "left",
    },
  ],
};
const complete = await lead.PATCH("/registrations/{registrationId}", {
  params: { path, header: { "If-Match": '"1"' } },
  body: { content },
});
check(complete.data?.version === 2, "a merge patch completes it");

const stale = await lead.POST("/registrations/{registrationId}/submit", {
  params: { path, header: { ...key(), "If-Match": '"1"' } },
});
check(stale.error?.status === 412, "a stale version is refused");

const submitted = await lead.POST("/registrations/{registrationId}/submit", {
  params: { path, header: { ...key(), "If-Match": '"2"' } },
});
const code = submitted.data?.code;
check(code?.length === 14, "a submit brings the registration code");

const verified = await insurer.POST("/registrationCodes/verify", {
  body: { code, niss, nomenclatureCode: "174370", date: day(30) },
});
check(verified.data !== undefined, "an insurer verifies the code");

const feed = await insurer.GET("/registrationCodes/changes", { params: { query: { pageSize: 1 } } });
check(feed.data?.items.length === 1, "an insurer reads a page of the feed");

const manager = client(setting("DATA_MANAGER"));
const csv = await manager.GET("/codedRegistrations", { headers: { Accept: "text/csv" }, parseAs: "text" });
check(String(csv.data).startsWith("technicalId"), "INAMI reads coded data as CSV");

const drawn = await client(setting("OFFICER")).GET("/staffing/plot", {
  headers: { Accept: "image/svg+xml" },
  parseAs: "text",
});
check(String(drawn.data).startsWith("<svg"), "a plot is drawn");
