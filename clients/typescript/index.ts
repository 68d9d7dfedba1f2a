// The client of the Insula API: `openapi-fetch` with the types of the contract.
import createFetchClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { components, paths } from "./contract.js";

export type { components, operations, paths } from "./contract.js";
/** The schemas of the contract by their names, such as `Schemas["Registration"]`. */
export type Schemas = components["schemas"];
export type InsulaClient = Client<paths>;

/** What a client needs: the address of the API, which ends with `/insula/v1`, and an access token or what gets one. */
export type InsulaOptions = ClientOptions & { baseUrl: string; token: string | (() => string | Promise<string>) };

/** Makes a client. It sends the token with every request, and the media type of a merge patch with every PATCH. */
export function createClient({ token, ...options }: InsulaOptions): InsulaClient {
  const client = createFetchClient<paths>(options);
  client.use({
    async onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${typeof token === "string" ? token : await token()}`);
      if (request.method === "PATCH") request.headers.set("Content-Type", "application/merge-patch+json");
    },
  });
  return client;
}

/** A new value of the header `Idempotency-Key`. A request that is sent again keeps the one it had. */
export function idempotencyKey(): string {
  return `"${crypto.randomUUID()}"`;
}
